printf "damage" | dd of=pair.trace bs=1 seek=300 conv=notrunc status=none; idletax report -i pair.trace
