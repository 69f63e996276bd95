" The demo without a terminal: review, a fix, explanation and completion one after the other, as a
" person would do them, and what came of each into a file. Neovim, headless.
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
  let l:said = printf('%s:%d: %s: %s', bufname(a:item.bufnr), a:item.lnum, l:severity, a:item.text)
  return '  ' .. (strchars(l:said) > 98 ? strcharpart(l:said, 0, 97) .. '…' : l:said)
endfunction

function! s:ShowFindings() abort
  let l:findings = filter(getqflist(), 'v:val.valid')
  if empty(l:findings)
    return s:Fail('The review')
  endif
  call s:Say(map(copy(l:findings), 's:FindingLine(v:val)'))
  call s:Fix()
endfunction

" The lines that one of the texts has and the other has not, with a mark before them.
function! s:Differing(lines, other, mark) abort
  return map(filter(copy(a:lines), 'index(a:other, v:val) < 0'), '"  " .. a:mark .. v:val')
endfunction

" Puts one fix in, and takes it back, so that the lines below stay where they are.
function! s:Fix() abort
  call s:Say(['', 'What :Mistral apply does at line 34:'])
  let l:before = getline(1, '$')
  call cursor(34, 1)
  Mistral apply
  let l:after = getline(1, '$')
  if l:after ==# l:before
    return s:Fail('The fix')
  endif
  call s:Say(s:Differing(l:before, l:after, '-') + s:Differing(l:after, l:before, '+'))
  silent undo
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
  let l:end = index(l:lines, '## You') " where one asks on
  if l:end > 0
    call remove(l:lines, l:end - 1, -1)
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
