" mistral.vim: review, explanation and completion by Mistral's models.
" Only names things; the rest is Lua and is loaded when first used.

if exists('g:loaded_mistral')
  finish
endif
let g:loaded_mistral = 1

" Why this editor will not do, or an empty string.
function! s:Lack() abort
  if has('nvim')
    return has('nvim-0.7') ? '' : 'mistral: needs Neovim 0.7 or newer'
  endif
  if !has('lua')
    return 'mistral: needs a Vim with +lua; this one has none (in Debian, vim-nox has it)'
  endif
  return has('patch-9.0.1378') ? '' : 'mistral: needs Vim 9.0.1378 or newer'
endfunction

" A function of the editor layer, when this editor can have it.
function! s:Call(name, ...) abort
  let l:lack = s:Lack()
  if l:lack !=# ''
    echohl ErrorMsg | echomsg l:lack | echohl None
    return ''
  endif
  let l:args = join(map(range(1, a:0), '"_A[" .. v:val .. "]"'), ', ')
  return luaeval('require("mistral.editor").' .. a:name .. '(' .. l:args .. ')', a:000)
endfunction

function! s:Candidates(lead, line, cursor) abort
  return s:Call('candidates', strpart(a:line, 0, a:cursor))
endfunction

command! -nargs=* -bang -range -complete=custom,s:Candidates Mistral
      \ call s:Call('command', <q-args>, <bang>0, <range> ? <line1> : 0, <range> ? <line2> : 0)

" What a key's name, like <Tab>, stands for.
function! s:Typed(name) abort
  return eval('"' .. substitute(escape(a:name, '\"'), '<', '\\<', 'g') .. '"')
endfunction

" The key that is mapped to a <Plug> map, when it is one: what to type when there is nothing to do.
function! s:MappedKey(plug) abort
  if has('nvim')
    let l:maps = nvim_buf_get_keymap(0, 'i') + nvim_get_keymap('i')
  else
    let l:maps = filter(maplist(), 'v:val.mode =~# "[i!]"')
  endif
  call filter(l:maps, 'get(v:val, "rhs", "") ==? a:plug')
  let l:keys = uniq(sort(map(l:maps, 'v:val.lhs')))
  return len(l:keys) == 1 ? s:Typed(l:keys[0]) : ''
endfunction

function! s:IsLoaded() abort
  return s:Lack() ==# '' && luaeval('package.loaded["mistral.editor"] ~= nil')
endfunction

function! s:Accept() abort
  if s:IsLoaded() && s:Call('is_shown')
    return "\<C-G>u\<Cmd>lua require('mistral.editor').accept()\<CR>"
  endif
  return s:MappedKey('<Plug>(mistral-accept)')
endfunction

function! s:Dismiss() abort
  if s:IsLoaded() && s:Call('is_shown')
    return "\<Cmd>lua require('mistral.editor').dismiss()\<CR>"
  endif
  return s:MappedKey('<Plug>(mistral-dismiss)')
endfunction

" For 'statusline': what runs, and an empty string at rest.
function! MistralStatus() abort
  return s:IsLoaded() ? luaeval('require("mistral.editor").statusline() or ""') : ''
endfunction

inoremap <silent> <Plug>(mistral-complete) <Cmd>Mistral complete<CR>
inoremap <silent> <expr> <Plug>(mistral-accept) <SID>Accept()
inoremap <silent> <expr> <Plug>(mistral-dismiss) <SID>Dismiss()

" For 'completefunc': asks, and the menu opens when the answer is there.
function! MistralComplete(findstart, base) abort
  if !a:findstart
    return []
  endif
  call s:Call('complete_menu')
  return -3
endfunction

" For 'omnifunc' in chats: completes the @words of a question.
function! MistralWords(findstart, base) abort
  if a:findstart
    return s:Call('word_start', strpart(getline('.'), 0, col('.') - 1))
  endif
  return split(s:Call('words', a:base), "\n")
endfunction
