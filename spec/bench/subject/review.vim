" A review in a fresh editor beside a timer that wants to run each millisecond: how long it had to
" wait at most, first for half a second in which nothing happens, then until the review has ended.
set nocompatible hidden noswapfile nomore
let g:mistral = {'api_key': 'test-key-bench', 'base_url': $MISTRAL_BENCH_URL,
      \ 'ca_file': $MISTRAL_BENCH_CA}
runtime plugin/mistral.vim
execute 'edit' fnameescape($MISTRAL_BENCH_TOP .. '/src/part_1/module_01.c')

if has('nvim')
lua << EOS
  local timer, last, gap = vim.loop.new_timer(), vim.loop.hrtime(), 0
  timer:start(1, 1, function()
    local now = vim.loop.hrtime()
    gap, last = math.max(gap, now - last), now
  end)
  function Longest()
    local longest = gap / 1e6
    gap = 0
    return longest
  end
EOS
else
  let s:last = reltime()
  let s:gap = 0.0
  function! s:Beat(timer) abort
    let l:now = reltime()
    let l:gap = reltimefloat(reltime(s:last, l:now)) * 1000
    let s:last = l:now
    if l:gap > s:gap
      let s:gap = l:gap
    endif
  endfunction
  call timer_start(1, function('s:Beat'), {'repeat': -1})
endif

" Since the last call, in milliseconds.
function! s:Longest() abort
  if has('nvim')
    return luaeval('Longest()')
  endif
  let l:longest = s:gap
  let s:gap = 0.0
  return l:longest
endfunction

function! s:Begin(timer) abort
  call s:Longest()
  call timer_start(500, function('s:Review'))
endfunction

function! s:Review(timer) abort
  let s:answer = {'idle_ms': s:Longest()}
  let s:began = reltime()
  autocmd User MistralReview ++once call s:Ended()
  Mistral review branch main
endfunction

" A little later: the turn that ends it is still to be measured.
function! s:Ended() abort
  let s:answer.wall_ms = reltimefloat(reltime(s:began)) * 1000
  call timer_start(100, function('s:Finish'))
endfunction

function! s:Finish(timer) abort
  let s:answer.gap_ms = s:Longest()
  let s:answer.findings = len(getqflist())
  call writefile([json_encode(s:answer)], $MISTRAL_BENCH_OUT)
  qall!
endfunction

autocmd VimEnter * call timer_start(500, function('s:Begin'))
