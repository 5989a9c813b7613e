for n in 0 -1 1e6 99999999999999999999 ""; do idletax report -i pair.trace "--per-month=$n"; done
