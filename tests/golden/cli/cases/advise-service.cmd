idletax advise -i many.trace --service '*-mail=shop' --service 'shop-*=shop' | grep -e ' -> ' -e holds
