/*
 * journal: lines at the end of a file that any number of processes write.
 *
 * No lock and no waiting, so that a process which was stopped, or which the
 * scheduler forgot, holds up nobody. A line is one write with O_APPEND, which
 * the system keeps in one piece between processes of one machine. A writer
 * that is killed in the middle of it leaves half a line at the end, which is
 * known for sure from the moment the next write has gone through: whatever
 * then lies before it without a line break has no living writer. So whoever
 * wrote next blanks it with spaces, up to its own line, where they do no harm
 * to JSON. Bytes that may still be somebody's are never touched, and nothing
 * is ever cut off. A reader passes over what is after the last line break, and
 * over blank lines, which two kills in a row can leave.
 */
#ifndef MISTRAL_JOURNAL_H
#define MISTRAL_JOURNAL_H

#include "disk.h"

#include <stddef.h>

#define JOURNAL_LINE_MAX ((size_t)64 * 1024)

/* Appends the line, to which the line break is added. Makes the file (0600) and the folders it
 * lies in (0700) where they are missing. Any thread. After anything but DISK_OK nothing of the
 * line is in the file, but perhaps some spaces. A last line without a line break, which an editor
 * may leave, is taken for half a line when it has at most 64 KiB. */
enum disk_failure journal_append(const char *path, const char *line, size_t len);

#endif
