#!/usr/bin/perl
# README and manual pages against the code: every reason, key, directive, variable, option
# and command has its entry, no entry speaks of one that does not exist, and what an
# example prints is what it says.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Temp 'tempdir';
use Test::More;

my $build = abs_path($ENV{BUILD} || 'build');
my $ctl = abs_path($ENV{HEALTHPASSCTL} || "$build/healthpassctl");
my $module = "$build/ngx_http_healthpass_module.so";
$ENV{PATH} .= ':/usr/sbin:/sbin';

sub get {
    my ($path) = @_;
    open my $in, '<:encoding(UTF-8)', $path or die "$path: $!";
    local $/;
    return scalar <$in>;
}

sub put {
    my ($path, $text) = @_;
    open my $out, '>:encoding(UTF-8)', $path or die "$path: $!";
    print $out $text;
    close $out or die "$path: $!";
    return $path;
}

# The code without its comments, and the text of a C table from its name to "};".
sub code { return get($_[0]) =~ s{/\*.*?\*/}{}gsr }
sub table { my ($text, $name) = @_; return $text =~ /\Q$name\E.*?=\s*\{(.*?)\n\};/s ? $1 : die "no $name" }

sub same {
    my ($got, $expected, $what) = @_;
    is_deeply([ sort @$got ], [ sort @$expected ], $what);
}

my $readme = get('README.md');

# The cells of a README table's rows, found by its first heading, without the backquotes.
sub rows {
    my ($heading) = @_;
    my ($rows) = $readme =~ /^\| \Q$heading\E \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/m or die "no table $heading";
    return map { [ map { s/^\s+|\s+$//gr =~ s/`//gr } /\|([^|]*)(?=\|)/g ] } split /\n/, $rows;
}

# ---- reasons ---------------------------------------------------------------------

my $reasons = code('common/reason.h') =~ s/\\\n/ /gr =~ s/[ \t]+/ /gr;
my %stage = $reasons =~ /X\((\w+), "([\w-]+)"\)/g;
my ($groups) = $reasons =~ /define HP_GROUPS\(X\)(.*)/;
$groups =~ s/" "//g;
my %group = $groups =~ /X\((\w+), "([\w-]+)"/g;
my %advice = $groups =~ /X\(\w+, "([\w-]+)", HP_N_\("[^"]+"\), HP_N_\("([^"]+)"\)\)/g;
my @in_code = map { [ @$_[0, 1], $stage{ $$_[5] }, $$_[2] || "\x{2013}", @$_[3, 4], $group{ $$_[6] }, $$_[7] ] }
    map { [ /^X\(\w+, (\d+), "([\w-]+)", (\d+), (\w+), (\w+), (\w+), (\w+), "([^"]+)"\)$/ ] }
    $reasons =~ /(X\(\w+, \d+, "[^)]*"\))/g;
cmp_ok(scalar @in_code, '>', 20, 'the reasons of the code');
is_deeply([ rows('no.') ], \@in_code, 'README: the table of reasons is the code\'s, in all its words');
is_deeply({ map { @$_ } rows('group') }, \%advice, 'README: groups and advice');

# ---- the policy ------------------------------------------------------------------

my $keys = table(code('common/policy/settings.c'), '} keys[]');
my @keys = $keys =~ /\{ "(\w+)", set_/g;
my @groups = code('common/policy/settings.c') =~ /is_group_name.*?\n\}/s ? $& =~ /"(\w+)"/g : ();
my $policy = get('common/policy/healthpass-policy.5');
cmp_ok(@keys * @groups, '>', 0, 'the keys of the code');
same([ map { $$_[0] } rows('key') ], \@keys, 'README: the keys of a policy');
like($readme, qr/`$_ = \{ \.\.\. \};`/, "README: the group $_") for @groups;
same([ $policy =~ /^\.It Ic (\w+) No/mg ], [ @keys, @groups ], 'healthpass-policy(5): the keys and groups');
is($$_[3] =~ /^(\w+) = .*;$/ ? $1 : '', $$_[0], "README: an example of $$_[0]") for rows('key');

# ---- the feeds file --------------------------------------------------------------

my $feeds = code('common/cli/feeds.c');
my @feed_keys = map { table($feeds, "} ${_}_keys[]") =~ /\{ "(\w+)", (?:set_|hp_)/g } 'file', 'feed';
push @feed_keys, table(code('common/cli/feeds_revoke.c'), '} revocation_keys[]') =~ /\{ "(\w+)", set_/g;
cmp_ok(scalar @feed_keys, '>', 10, 'the keys of the code');
my $feeds_page = get('common/cli/healthpass-feeds.5');
same([ $feeds_page =~ /^\.It Ic (\w+) No/mg ], \@feed_keys, 'healthpass-feeds(5): the keys');
my ($examples) = $feeds_page =~ /^\.Sh EXAMPLES\n(.*?)^\.Sh/ms;
for ($examples =~ /^\.Bd[^\n]*\n(.*?)^\.Ed/msg, $readme =~ /^```libconfig\n(.*?)^```$/msg) {
    my $home = tempdir('hp-docs-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $file = put("$home/feeds.conf", $_);
    chmod 0644, $file;
    my ($update, $what) = /^feeds/m ? ('trust update', 'feed') : ('revoke update', 'list');
    is(scalar `'$ctl' $update --feeds $file nobody 2>&1`,
        "healthpassctl $update: nobody: $file names no such $what\n", 'a feeds file of the documentation is one');
}

# ---- nginx -----------------------------------------------------------------------

my $commands = table(code('ngx_module/ngx_http_healthpass_module.c'), 'ngx_http_healthpass_commands[]');
my %where = (MAIN => 'H', SRV => 'S', LOC => 'L', LMT => 'E');
my %contexts;
while ($commands =~ /ngx_string\("(\w+)"\),\s*([A-Z0-9_|\s]+),/g) {
    my ($name, $flags) = ($1, $2);
    $contexts{$name} = join '', map { $flags =~ /HTTP_${_}_CONF/ ? $where{$_} : () } qw(MAIN SRV LOC LMT);
}
my @variables = table(code('ngx_module/ngx_http_healthpass_variables.c'),
    'ngx_http_healthpass_variables[]') =~ /ngx_string\("(\w+)"\)/g;
cmp_ok(keys(%contexts) * @variables, '>', 0, 'the directives and variables of the code');
is_deeply({ map { @$_[0, 2] } rows('directive') }, \%contexts, 'README: directives and their contexts');
same([ map { $$_[0] } rows('variable') ], [ map { "\$$_" } @variables ], 'README: variables');
my %known = map { $_ => 1 } keys %contexts, @variables;
for my $file ('README.md', 'SECURITY.md', 'CHANGELOG.md', 'ngx_module/demo/nginx.conf') {
    same([ grep { !$known{$_} } get($file) =~ /(?<![\w\/.])\$?(healthpass_\w+)(?!\w|\.so)/g ], [],
        "$file names no directive or variable that does not exist");
}
my $words = table(code('ngx_module/ngx_http_healthpass_source.c'), 'ngx_http_healthpass_words[]');
my @sources = map { /ngx_string\("(\w+:?)"\)/ } split /\},/, $words;
my ($row) = grep { $$_[0] eq 'healthpass_source' } rows('directive');
same([ map { s/NAME|\/POINTER//r } $$row[3] =~ /\b(\w+:(?:NAME|\/POINTER)|body|bearer)\b/g ], \@sources,
    'README: the sources');

# ---- PAM -------------------------------------------------------------------------

my $options = table(code('pam_module/options.c'), 'table[]');
my @options = map { /^\s*\{ "([\w-]+)",\s*(\w+)/ && $2 ne 'LATER' ? $1 : () } split /\n/, $options;
cmp_ok(scalar @options, '>', 0, 'the options of the PAM module');
same([ map { $$_[0] } rows('option') ], \@options, 'README: options of pam_healthpass.so');
same([ get('pam_module/pam_healthpass.8') =~ /^\.It Cm ([\w-]+)/mg ], \@options, 'pam_healthpass(8): options');
like($$_[3], qr/^\[?\Q$$_[0]\E(?:=|$)/, "README: an example of $$_[0]") for rows('option');
my ($pam) = $readme =~ /^```pam\n(.*?)^```$/ms;
is($pam, get('pam_module/demo/pam.d/healthpass-kiosk') =~ s/^#.*\n+//mgr, 'README: the kiosk is the demo\'s');

# ---- healthpassctl ---------------------------------------------------------------

my $manual = get('common/cli/healthpassctl.1');
my (%command, %described);
for my $file (glob 'common/cli/*.c') {
    my $text = code($file);
    my ($name) = $text =~ /const hp_cli_command \w+ = \{\s*\.name = "([\w -]+)"/ or next;
    $command{$name} = [ $text =~ /\{ \.name = "(-[\w-]+)"/g ];
}
my ($described) = $manual =~ /^\.Sh DESCRIPTION\n(.*?)^\.Sh/ms;
for (split /^(?=\.Ss )/m, $described) {
    my ($name) = /^\.Ss ([\w -]+)/ or next;
    $described{$name} = [ map { map { "-$_" } /Fl ([\w-]+)/g } /^\.It (Fl .*)/mg ];
}
cmp_ok(scalar keys %command, '>', 3, 'the commands of the code');
same([ keys %described ], [ keys %command ], 'healthpassctl(1): the commands');
same([ map { $$_[0] =~ s/healthpassctl //r } rows('command') ], [ keys %command ], 'README: the commands');
for my $name (sort keys %command) {
    same($described{$name} // [], $command{$name}, "healthpassctl(1): the options of $name");
}
my @feeds = map { code($_) =~ /^const hp_feed \w+ = \{\s*\.name = "([\w-]+)"/mg } glob 'common/feed/*.c';
same([ map { $$_[0] } rows('feed') ], \@feeds, 'README: the feeds');
my %any = map { $_ => 1 } '--help', '--version', map { @$_ } values %command;
same([ grep { !$any{$_} } map { /(?<![\w-])(--?[a-z][\w-]*)/g } $readme =~ /^(?:\$ |\| `)?healthpassctl .*/mg ], [],
    'README gives healthpassctl no option that it does not have');
my %word = map { $_ => 1 } map { $_, /([\w-]+) / } keys %command; # a command, or the group that it is in
same([ grep { !$word{$_} } $readme =~ /healthpassctl ([a-z][a-z-]*)\b/g ], [], '... and no command');

# ---- what examples print ---------------------------------------------------------

my $home = tempdir('hp-docs-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $home;

# Keys, ids and dates are others at each run.
sub plain {
    return $_[0] =~ s/\b[0-9a-f]{32}\b/ID/gr =~ s/\b[0-9a-f]{16}\b/KID/gr =~ s/\d{4}-\d\d-\d\dT[\d:]{8}Z/TIME/gr;
}

my ($console) = $readme =~ /^```console\n(.*?)^```$/ms;
for (split /^(?=\$ )/m, $console) {
    my ($line, $printed) = /^\$ ([^\n]*)\n(.*)/s;
    my $run = $line =~ s/^healthpassctl/'$ctl'/r;
    is(plain(scalar `cd '$home' && $run 2>&1`), plain($printed), "README: $line");
}

my @wrong = $readme =~ m{^    /etc/healthpass/policy\.conf:3: (\w+)(: .*)$}mg;
cmp_ok(scalar @wrong, '>', 2, 'README: what wrong policies are told');
while (my ($key, $words) = splice @wrong, 0, 2) {
    my $file = put("$home/wrong.conf", qq(trust = "$home/issuer/issuer.pem";\nrules = "minimal";\n$key = "x";\n));
    is(scalar `'$ctl' check --policy $file /dev/null 2>&1`,
        "healthpassctl check: $file:3: $key$words\n", "README: a policy with a wrong $key");
}

my ($example) = $policy =~ /^\.Sh EXAMPLES\n\.Bd[^\n]*\n(.*?)^\.Ed/ms;
mkdir "$home/trust"; # with a key in it: an empty one is warned of
put("$home/trust/issuer.pem", get("$home/issuer/issuer.pem"));
$example =~ s{"/etc/healthpass/trust\.d"}{"$home/trust"};
$example =~ s{"/srv/partners/keys\.pem"}{"$home/issuer/issuer.pem"};
$example =~ s{"/etc/healthpass/identity\.key"}{"$home/identity.key"};
put("$home/identity.key", 'k' x 32);
chmod 0600, "$home/identity.key";
put("$home/example.conf", $example);
like(scalar `'$ctl' check --policy $home/example.conf $home/good.txt 2>&1`, qr/^\S+: accepted, /,
    'healthpass-policy(5): the example judges');

# nginx takes the README's examples as they stand, and every example of the directives' table.
sub nginx_takes {
    my ($what, $http, $server) = @_;
    my @temp = map { "${_}_temp_path $home/$_;" } qw(client_body proxy fastcgi uwsgi scgi);
    put("$home/nginx.conf", join "\n", "load_module $module; pid $home/pid; error_log stderr;",
        'events { }', 'http {', @temp, 'access_log off;', $http =~ s{/var/log/nginx}{$home}gr,
        $server ? "server { listen unix:$home/sock; $server }" : (), '}');
    my $said = `LD_PRELOAD='@{[ $ENV{HEALTHPASS_PRELOAD} || '' ]}' nginx -t -e stderr -p $home/ -c $home/nginx.conf 2>&1`;
    ok($? == 0, "$what: nginx takes it") or diag $said;
    unlike($said =~ s/.*(?:dry_run on" lets everybody in|is what the visitor writes|that nobody proves).*\n//gr, qr/\[warn\]/, "$what: without a warning");
}

my $use = "healthpass_policy $home/example.conf;";
for ($readme =~ /^```nginx\n(.*?)^```$/msg) {
    s{/etc/healthpass/clearance\.key}{$home/identity.key};
    nginx_takes('README: ' . (/(location \S+)/ ? $1 : 'nginx'), "$use\n$_");
}
put("$home/theatre.conf", $example);
for (rows('directive')) {
    my ($name, undef, undef, undef, $line) = @$_;
    $line =~ s{/etc/healthpass/clearance\.key}{$home/identity.key};
    my $at = $name =~ /^healthpass_(?:refresh|zone)$/ ? 'http' : 'location';
    nginx_takes("README: $line", join("\n", 'client_body_buffer_size 64k;', $name eq 'healthpass_policy' ? () : $use,
        $name eq 'healthpass_reuse' ? 'healthpass_zone uses 1m;' : (),
        $name eq 'healthpass_persons' ? 'healthpass_source form:pass[];' : (), $at eq 'http' ? $line : ()), $at eq 'http' ? '' : "location / { healthpass_verify on; $line }"
        =~ s/healthpass_verify on; (?=healthpass_verify)//r);
}

# ---- the house's own rules -------------------------------------------------------

cmp_ok(scalar(() = $readme =~ /\n/g), '<=', 780, 'README: at most 780 lines');
my %target = map { $_ => 1 } map { split } get('Makefile') =~ /^([\w -]+):(?!=)/mg;
same([ grep { !$target{$_} } map { split } $readme =~ /(?:^|^    |`)(?:PORT=\d+ )?make ([a-z-]+(?: [a-z-]+)*)/mg ], [],
    'README: every make target exists');
my %anchor = map { lc s/[^\w\s-]//gr =~ s/ /-/gr => 1 } $readme =~ /^#+ (.*)$/mg;
same([ grep { !$anchor{$_} } $readme =~ /\]\(#([^)]+)\)/g ], [], 'README: every link within it leads somewhere');
ok(-e $_, "README: $_ is there")
    for $readme =~ /\]\(([A-Z]\w*(?:\.md)?)\)/g, $readme =~ m{`((?:ngx|pam)_module/[\w/.-]+)`}g;
for my $page (glob '{common/*,ngx_module,pam_module}/*.[1-8]') {
    grep { -x "$_/man" } split /:/, $ENV{PATH} or last; # a minimal Debian has no man
    is(scalar `man --warnings -l $page 2>&1 >/dev/null`, '', "$page: man has nothing to say");
}

done_testing;
