for trace in restart life memory-of-a-tree traces; do idletax report -i $trace.trace --lines; done
