" The demo without a terminal: review, explanation and completion one after the other, as a person
" would do them, and what came of each into a file. Neovim, headless.
set nomore hidden noswapfile shortmess+=I
execute 'source' fnameescape($MISTRAL_DEMO .. '/options.vim')

let s:report = []

function! s:Say(lines) abort
  call extend(s:report, a:lines)
endfunction

function! s:Finish(status) abort
  call writefile(s:report, $MISTRAL_DEMO .. '/report')
  execute a:status == 0 ? 'qall!' : 'cquit ' .. a:status
endfunction

function! s:Fail(what) abort
  call s:Say([a:what .. ' brought nothing. The editor said:'] + split(execute('messages'), "\n"))
  call s:Finish(1)
endfunction

function! s:Review() abort
  call s:Say(['', 'Review of ledger.c in Neovim ' .. matchstr(split(execute('version'), "\n")[0], 'v\zs\S*') .. ':'])
  autocmd User MistralReview ++once call timer_start(0, {-> s:ShowFindings()})
  Mistral review
endfunction

" file:line: severity: title
function! s:FindingLine(item) abort
  let l:severity = get({'E': 'error', 'W': 'warning', 'I': 'info', 'N': 'hint'}, a:item.type, 'info')
  let l:title = split(a:item.text, "\n")[0]
  return printf('  %s:%d: %s: %s', bufname(a:item.bufnr), a:item.lnum, l:severity, l:title)
endfunction

function! s:ShowFindings() abort
  let l:findings = filter(getqflist(), 'v:val.valid')
  if empty(l:findings)
    return s:Fail('The review')
  endif
  call s:Say(map(copy(l:findings), 's:FindingLine(v:val)'))
  call s:Explain()
endfunction

function! s:Explain() abort
  call s:Say(['', 'Explanation of lines 32 to 37:'])
  autocmd User MistralExplain ++once call timer_start(0, {-> s:ShowExplanation()})
  32,37Mistral explain
endfunction

function! s:ShowExplanation() abort
  let l:lines = getbufline(bufnr('mistral://explain'), 1, '$')
  if join(l:lines, '') ==# ''
    return s:Fail('The explanation')
  endif
  call s:Say(map(l:lines, '"  " .. v:val'))
  call s:Complete()
endfunction

function! s:Complete() abort
  call s:Say(['', 'Completion in total.lua, at the empty line of the loop:'])
  edit total.lua
  let s:before = getline(1, '$')
  autocmd User MistralComplete ++once call timer_start(0, {-> s:AcceptCompletion()})
  call feedkeys("5GA\<Plug>(mistral-complete)", 't')
endfunction

function! s:AcceptCompletion() abort
  call feedkeys("\<Plug>(mistral-accept)\<Esc>:call ShowCompletion()\<CR>", 't')
endfunction

function! ShowCompletion() abort
  let l:now = getline(1, '$')
  if l:now ==# s:before
    return s:Fail('The completion')
  endif
  call s:Say(map(copy(l:now), '(index(s:before, v:val) < 0 ? "+ " : "  ") .. v:val'))
  call s:Finish(0)
endfunction

autocmd VimEnter * call timer_start(0, {-> s:Review()})
