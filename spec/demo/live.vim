" The demo with a terminal: a review begins by itself, the rest is yours.
set nocompatible hidden noswapfile shortmess+=I laststatus=2 number
set statusline=\ %f\ \ \|\ \ ]q\ [q\ \ gp\ whole\ \ ga\ apply\ \ :Mistral\ chat\ \|\ :edit\ total.lua,\ CTRL-G\ c,\ Tab\ \|\ :qa!%=
filetype plugin indent on
syntax on
highlight SignColumn ctermbg=NONE guibg=NONE
execute 'source' fnameescape($MISTRAL_DEMO .. '/options.vim')

imap <C-G>c <Plug>(mistral-complete)
imap <Tab> <Plug>(mistral-accept)
nnoremap ]q <Cmd>Mistral next<CR>
nnoremap [q <Cmd>Mistral previous<CR>
nnoremap gp <Cmd>Mistral detail<CR>
nnoremap ga <Cmd>Mistral apply<CR>

autocmd VimEnter * call timer_start(200, {-> execute('Mistral review')})
