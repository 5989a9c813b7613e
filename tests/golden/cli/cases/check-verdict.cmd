idletax check -i many.trace --no-verdict inline; echo "status $?"; idletax check -i pair.trace --no-verdict inline; idletax check -i pair.trace --no-verdict inlien
