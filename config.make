# nginx's auto/make reads this behind config: the texts of po/ become a table in C,
# anew whenever a translation changes.

hp_po=$(sed "s,.*,$ngx_addon_dir/po/&.po," "$ngx_addon_dir/po/LINGUAS" | tr '\n' ' ')

cat << END                                                    >> $NGX_MAKEFILE

$NGX_OBJS/healthpass_catalogue.c:	$ngx_addon_dir/po/table.awk \\
	$ngx_addon_dir/po/LINGUAS $hp_po
	awk -f $ngx_addon_dir/po/table.awk $hp_po > \$@.new
	mv \$@.new \$@
END
