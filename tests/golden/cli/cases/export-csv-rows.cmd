idletax export -i retry.trace -f csv --rows edges | tr -d '\r'; idletax export -i retry.trace -f csv --rows calls | cut -d, -f 1-3,6-9,17-27 | tr -d '\r'
