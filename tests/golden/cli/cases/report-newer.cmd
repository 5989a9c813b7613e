printf "\377" | dd of=pair.trace bs=1 seek=8 conv=notrunc status=none; idletax report -i pair.trace
