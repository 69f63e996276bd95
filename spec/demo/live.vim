" The demo with a terminal: a review begins by itself, the rest is yours.
set nocompatible hidden noswapfile shortmess+=I laststatus=2 number
set statusline=\ %f\ \ :Mistral\ explain\ \ :copen\ \ ]q\ [q\ \ :edit\ total.lua,\ insert:\ CTRL-G\ c\ asks,\ Tab\ takes\ \ :qa!
filetype plugin indent on
syntax on
execute 'source' fnameescape($MISTRAL_DEMO .. '/options.vim')

imap <C-G>c <Plug>(mistral-complete)
imap <Tab> <Plug>(mistral-accept)
nnoremap ]q <Cmd>cnext<CR>
nnoremap [q <Cmd>cprevious<CR>

autocmd VimEnter * call timer_start(200, {-> execute('Mistral review')})
