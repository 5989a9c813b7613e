echo "this is no trace at all, only some text that is long enough for a header, really" >x; idletax report -i x
