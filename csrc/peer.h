/*
 * peer: the same signal as wake, for a host that can only watch sockets (Vim).
 *
 * Listens on a unix socket in a fresh folder that only this user may enter,
 * takes one connection, and only from this very process, and removes path and
 * folder as soon as it has it. After that every ring is one byte.
 */
#ifndef MISTRAL_PEER_H
#define MISTRAL_PEER_H

struct peer;

/* NULL when the socket cannot be made; errno says why. */
struct peer *peer_new(void);

/* Closes the connection and removes what is left of path and folder. NULL is allowed. */
void peer_free(struct peer *p);

/* Where to connect; valid until peer_free. */
const char *peer_path(const struct peer *p);

/* The descriptor to wait on for the one connection, or -1 once it is there. */
int peer_listening(const struct peer *p);

/* The thread that waits on peer_listening. Takes the connection if it comes from this process,
 * turns anyone else away. Gives up listening when the system has no descriptor left. */
void peer_accept(struct peer *p);

/* Any thread. Does nothing before there is a connection. Never blocks. */
void peer_ring(struct peer *p);

#endif
