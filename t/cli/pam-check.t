# pam-check: what a PAM service lets past the pass; each warning with its line and what to write.
use strict;
use warnings;
use File::Path 'make_path';
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;

my $root = folder() . '/root';
my $pam = "$root/etc/pam.d";
make_path($pam, "$root/lib/x86_64-linux-gnu/security");
put("$root/lib/x86_64-linux-gnu/security/pam_healthpass.so", '');
put("$pam/common-auth", "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\n"
    . "auth required pam_permit.so\nauth optional pam_cap.so\n");
put("$pam/common-account", "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n"
    . "account requisite pam_deny.so\naccount required pam_permit.so\n");

my $good = "auth [success=ok default=bad] pam_healthpass.so match=none\n";
my $good_account = $good =~ s/^auth/account/r;
my $both = $good . $good_account;
my $no_session = qr/: note: there is no session line/;

sub look {
    my ($text, $service) = (@_, 'demo');
    put("$pam/$service", $text);
    return ctl('pam-check', '--root', $root, $service);
}

# These are the warnings and notes but that of the session, without the folder and the last line, and the exit code fits.
sub said {
    my ($what, $text, $lines, $service) = (@_, 'demo');
    my $r = look($text, $service);
    my @lines = map { s{^\Q$pam/\E}{}r =~ s{^\Q$root\E}{}r } split /\n/, $r->{out};
    my $last = pop @lines // '';
    @lines = grep { !/$no_session/ } @lines;
    my $warnings = grep { /: warning: / } @$lines;
    is(scalar @lines, scalar @$lines, "$what: " . @$lines . ' lines') or diag $r->{out};
    like($lines[$_] // '', qr/^\Q$lines->[$_]\E/, "$what: $lines->[$_]") for 0 .. $#$lines;
    is($last, "$service: $warnings warning" . ($warnings == 1 ? '' : 's'), '... their number');
    is($r->{status}, $warnings ? 1 : 0, '... exit code');
    is($r->{err}, '', '... nothing else');
    return $r->{out};
}

# ---- how libpam reads lines

said('two lines', $both, []);
said('in all its spellings', <<'END', []);
# a comment

AUTH	[ success = ok default = bad ]	\
    # in the middle of a line

    pam_healthpass.so match=none [prompt=Show [it\] now: ] # tail \
Account [default=die success=ok]pam_healthpass.so match=none
END
said('a silent line', $both =~ s/^auth/-auth/r, []);
said('@include', "\@include common-auth\n$both\@include common-account\n", []);
said('include and substack', "auth include common-auth\nauth substack common-auth\n$both", []);
put("$pam/ours", $both);
said('our lines in a file of their own', "\@include ours\n", []);
said('... for one phase each', "auth include ours\naccount substack ours\n", []);
said('... by an absolute path', "auth include $pam/ours\naccount include ours\n", []);
said('no such file', "\@include nowhere\n$both",
    ['demo:1: warning: this line includes a file that cannot be read',
     'demo:2: warning: auth: nobody gets in', 'demo:3: warning: account: nobody gets in']);
said('a file that includes itself', "\@include demo\n$both", ['demo:1: warning: this line includes', 'demo:2: warning: auth: nobody', 'demo:3: warning: account: nobody']);
said('a type that is none', "atuh required pam_permit.so\n$both",
    ['demo:1: warning: this line begins with none of auth,', 'demo:2: warning: auth: nobody gets in']);
said('nothing behind the type', "$both" . "auth\n",
    ['demo:3: warning: this line says nothing behind its type', 'demo:1: warning: auth: nobody']);
said('no module', $both . "session required\n",
    ['demo:3: warning: this line names no module and no file']);
said('a control that cannot be read', $both =~ s/success=ok/sucess=ok/r,
    ['demo:1: warning: this line has a control that libpam cannot read', 'demo:2: warning: denies everybody: there is no auth line']);
said('a backslash at the end', "${both}session required \\\n",
    ['demo:3: warning: this line ends in a backslash at the end of the file']);
for my $n (1023, 1024) {
    my $line = $good =~ s/\n//r;
    $line .= ' prompt=' . 'x' x ($n - length("$line prompt="));
    my $r = look("$line\n$good_account");
    my $long = $r->{out} =~ /longer than the 1,023 characters/ ? 1 : 0;
    is($long, $n > 1023 ? 1 : 0, "a line of $n characters");
}

# ---- our own lines

my %instead = (required => '[success=ok default=bad]', requisite => '[success=ok default=die]',
    sufficient => '[success=done default=die]', optional => '[success=ok default=bad]');
for my $control (sort keys %instead) {
    my $out = said($control, $both =~ s/\Q[success=ok default=bad]\E/$control/r,
        [ "demo:1: warning: $control does not refuse whoever is answered "
          . ($control eq 'optional' ? 'auth_err' : 'ignore') . ": write $instead{$control}" ]);
}
said('the account line', $both =~ s/account \Q[success=ok default=bad]\E/account required/r,
    ['demo:2: warning: required does not refuse whoever is answered ignore']);
said('ignore among the answers', $both =~ s/default=bad/ignore=ignore default=bad/r,
    ['demo:1: warning: [success=ok ignore=ignore default=bad] does not refuse whoever is answered ignore']);
said('a fault that is ignored', $both =~ s/default=bad/authinfo_unavail=ignore default=bad/r,
    ['demo:1: warning: [success=ok authinfo_unavail=ignore default=bad] does not refuse whoever is answered authinfo_unavail']);
said('no match', $both =~ s/ match=none//gr,
    [ map { "demo:$_: warning: refuses everybody: option match: missing" } 1, 2 ]);
said('an unknown option', $both =~ s/match=none/match=none nullok/r,
    ['demo:1: warning: refuses everybody: option nullok: unknown']);
said('a number with a tail', $both =~ s/match=none/match=none tries=2x/r,
    ['demo:1: warning: refuses everybody: option tries=2x: expected a number from 1 to 10']);
my $differs = 'demo:2: warning: denies everybody: no auth line says the same match, policy, rules and reuse';
said('another match', $both =~ s/match=none/match=gecos/r, [$differs]);
said('another policy', $both =~ s/match=none/match=none policy=\/x/r, [$differs]);
said('another set of rules', $both =~ s/match=none/match=none rules=x/r, [$differs]);
said('reuse on the account line alone', $both =~ s/match=none\n\z/match=none reuse=once\n/r, [$differs]);
said('reuse on the auth line alone', $both =~ s/match=none/match=none reuse=once/r, []);
said('no account line', $good, ['demo:1: warning: there is no account line']);
said('no auth line', $good_account, ['demo:1: warning: denies everybody: there is no auth line']);
my $session = $good =~ s/^auth/session/r;
unlike(look($both . $session)->{out}, $no_session, 'with a session line');
like(look($both)->{out}, qr/^\S+demo:1$no_session/, 'without one');
said('another match for the session', $both . $session =~ s/none/gecos/r, [ $differs =~ s/2/3/r ]);
said('a session line that is optional', $both . "session optional pam_healthpass.so match=none\n",
    ['demo:3: warning: optional does not refuse whoever is answered auth_err']);
said('a record for an auth phase', $good_account =~ s/none/none noauth=record/r, []);
said('no line at all', "\@include common-auth\n", ['demo: warning: no line of pam_healthpass.so']);
said('a module that is not there', $both =~ s/pam_healthpass/\/nowhere\/pam_healthpass/gr,
    [ map { "demo:$_: warning: refuses everybody: there is no module /nowhere/pam_healthpass.so" } 1, 2 ]);

# ---- ways past them

said('sufficient before us', "auth sufficient pam_unix.so\n$both",
    ['demo:1: warning: auth: who is answered success by pam_unix.so gets in before pam_healthpass.so'
     . " ($pam/demo:2) is asked: put that line first, or write required instead of sufficient"]);
put("$pam/first", "auth [success=done default=ignore] pam_unix.so\n");
said('success=done in an included file', "\@include first\n$both",
    ['first:1: warning: auth: who is answered success by pam_unix.so gets in before']);
said('... in a substack it ends only that', "auth substack first\n$both", []);
said('a jump over us', "auth [success=1 default=ignore] pam_unix.so\n${both}auth required pam_permit.so\n",
    ['demo:1: warning: auth: who is answered success by pam_unix.so jumps over pam_healthpass.so']);
said('a jump over a line that is not ours', "auth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\n$both", []);
said('a jump over a substack with us', "auth [success=1 default=ignore] pam_unix.so\nauth substack ours\nauth required pam_permit.so\n$good_account",
    ['demo:1: warning: auth: who is answered success by pam_unix.so jumps over']);
said('a jump out of the stack lets nobody in', "auth [success=9 default=ignore] pam_unix.so\n$both", []);
said('jumped over, with nothing behind', "auth [success=1 default=ignore] pam_unix.so\n$both", []);
said('sufficient behind us', "${both}auth sufficient pam_unix.so\n", []);
said('a refusal that is forgotten', "${both}auth [success=reset] pam_exec.so x\nauth required pam_permit.so\n",
    ['demo:3: warning: auth: [success=reset] forgets that pam_healthpass.so refused']);
my $common_account = "\@include common-account\n";
said('an account line behind common-account', "$good$common_account$good_account",
    ["common-account:1: warning: account: who is answered new_authtok_reqd by pam_unix.so gets in by a new password before"
     . " pam_healthpass.so ($pam/demo:3) is asked: put that line first"]);
said('... in a substack it ends only that', "${good}account substack common-account\n$good_account", []);
said('... a line of its own', "${good}account [success=ok new_authtok_reqd=done default=bad] pam_unix.so\n$good_account",
    ['demo:2: warning: account: who is answered new_authtok_reqd by pam_unix.so gets in by']);
said('... that goes on', "${good}account [new_authtok_reqd=ok success=ok default=bad] pam_unix.so\n$good_account", []);
said('... in the auth phase it lets nobody in', "auth [new_authtok_reqd=done default=ignore] pam_unix.so\n$both", []);
said('the account phase', "${good}account sufficient pam_localuser.so\n$good_account",
    ['demo:2: warning: account: who is answered success by pam_localuser.so gets in before']);
said('nobody gets in', "${both}auth requisite pam_deny.so\n", ['demo:1: warning: auth: nobody gets in']);
said('a condition is a note', "auth [success=ignore default=1] pam_succeed_if.so user = kiosk\n$both"
    . "auth required pam_permit.so\n", ['demo:1: note: auth: who is answered open_err by pam_succeed_if.so is not asked']);
said('a line for those who meet a condition', "auth [success=ignore default=1] pam_succeed_if.so user = x\n"
    . "auth sufficient pam_unix.so\n$both", ['demo:2: note: auth: who is answered success by pam_unix.so is not asked']);
said('root by su is a note', "auth sufficient pam_rootok.so\n$both", ['demo:1: note: auth: who is answered']);
said('a condition that grants is none', "auth sufficient pam_succeed_if.so user ingroup nopasswdlogin\n$both",
    ['demo:1: warning: auth: who is answered success by pam_succeed_if.so gets in before']);

# ---- logins that skip the auth phase

sub around {
    my ($what, $service, $file, $text, $lines) = @_;
    my $path = "$root$file";
    make_path($path =~ s{/[^/]*\z}{}r);
    put($path, $text);
    said("$service: $what", $both, $lines, $service);
    unlink $path or die;
}
my $getty = '/etc/systemd/system/getty@tty1.service.d/kiosk.conf';
around('autologin', 'login', $getty, "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin kiosk %I\n",
    ["$getty:3: warning: this terminal logs in by `login -f`"]);
around('short', 'login', $getty, "[Service]\nExecStart=-/sbin/agetty -a kiosk %I\n", ["$getty:2: warning: "]);
my @logs_in = ('--autologin=kiosk', '--auto kiosk', '-akiosk', '-a kiosk', '-Ja kiosk', '-J8akiosk', '-t 60 -a kiosk', '-o "-f kiosk"',
    q{-o '-p -f -- kiosk'}, '-no "-pf kiosk"', '--login-options="-f kiosk"', q{--skip-login --login-options '-f -- kiosk'});
around($_, 'login', $getty, "[Service]\nExecStart=-/sbin/agetty --noclear $_ %I \$TERM\n", ["$getty:2: warning: "]) for @logs_in;
my @asks = ('-f /etc/issue', '-L=auto', '-I -a', '-H -a', '--issue-file=--autologin', '-o "-p -- -f"', '-o "-hf kiosk"', '-- -a',
    '--login-program /bin/login -o "-p -- kiosk"', '--login-pause', '%I --chdir=/a');
around($_, 'login', $getty, "[Service]\nExecStart=-/sbin/agetty $_ %I\n", []) for @asks;
around('over two lines', 'login', $getty, "[Service]\nExecStart=-/sbin/agetty \\\n# of the kiosk\n  --autologin kiosk %I\n",
    ["$getty:2: warning: "]);
around('behind a zero byte', 'login', $getty, "\0\n[Service]\nExecStart=-/sbin/agetty -a kiosk %I\n", ["$getty:3: warning: "]);
around('by a shell', 'login', $getty, "[Service]\nExecStart=/bin/sh -c 'exec agetty -a kiosk tty1'\n", ["$getty:2: warning: "]);
around($_, 'login', $getty, "[Service]\nExecStart=$_\n", ["$getty:2: warning: "])
    for '-/bin/login -f kiosk', '/usr/bin/login -pf kiosk', '/bin/busybox login -f kiosk', q{/bin/sh -c "exec login -f kiosk"};
around($_, 'login', $getty, "[Service]\nExecStart=$_\n", [])
    for '-/bin/login -p kiosk', '-/bin/login -- -f', '/usr/bin/xlogin -f kiosk', '/sbin/agetty -l /bin/login - xterm -f';
around('what it says of itself', 'login', $getty, "[Unit]\nDescription=agetty --autologin\n", []);
for my $file ('/etc/systemd/system/container-getty@1.service.d/x.conf', '/etc/systemd/system/console-getty.service',
    '/etc/systemd/system/autologin@.service', '/run/systemd/system/getty@.service.d/x.conf', '/run/systemd/system/console-getty.service',
    '/usr/lib/systemd/system/serial-getty@.service.d/x.conf', '/usr/local/lib/systemd/system/getty@.service') {
    around('autologin', 'login', $file, "[Service]\nExecStart=-/sbin/agetty -a kiosk %I\n", ["$file:2: warning: "]);
}
around('inittab', 'login', '/etc/inittab', "#1:2345:respawn:/sbin/getty -a x tty1\n1:2345:respawn:/sbin/getty --autologin kiosk 38400 tty1\n",
    ['/etc/inittab:2: warning: ']);
around('a whole unit', 'login', '/etc/systemd/system/serial-getty@ttyS0.service',
    "[Service]\nExecStart=-/sbin/agetty --autologin kiosk %I\n", ['/etc/systemd/system/serial-getty@ttyS0.service:2: warning: ']);
around('skip-login', 'login', $getty,
    "[Service]\n#ExecStart=-/sbin/agetty --autologin x\nExecStart=-/sbin/agetty --skip-login --login-options \"-p -- kiosk\" %I\n", []);
around('of no concern', 'demo', $getty, "[Service]\nExecStart=-/sbin/agetty --autologin kiosk %I\n", []);
around('autologin', 'lightdm', '/etc/lightdm/lightdm.conf.d/50-kiosk.conf', "[Seat:*]\nautologin-user = kiosk\n",
    ['/etc/lightdm/lightdm.conf.d/50-kiosk.conf:2: warning: this login is by the service lightdm-autologin']);
around('no name', 'lightdm', '/etc/lightdm/lightdm.conf', "[Seat:*]\nautologin-user=\n#autologin-user=kiosk\n", []);
around('a guest', 'lightdm', '/etc/xdg/lightdm/lightdm.conf.d/50-guest.conf', "[Seat:*]\nautologin-guest=true\n",
    ['/etc/xdg/lightdm/lightdm.conf.d/50-guest.conf:2: warning: ']);
around('none', 'lightdm', '/etc/lightdm/lightdm.conf', "[LightDM]\nautologin-user=x\n[Seat:*]\nautologin-guest=false\n", []);
put("$pam/lightdm-autologin", "\@include ours\n");
around('its service asks', 'lightdm', '/etc/lightdm/lightdm.conf', "[Seat:*]\nautologin-user=kiosk\n", []);
around('initial_session', 'greetd', '/etc/greetd/config.toml', "[default_session]\ncommand = \"x\"\n\n[initial_session]\n",
    ['/etc/greetd/config.toml:4: warning: an initial_session skips the auth phase']);
around('... as keys', 'greetd', '/etc/greetd/config.toml', "initial_session.command = \"x\"\n", ['/etc/greetd/config.toml:1: warning: ']);
around('... with blanks', 'greetd', '/etc/greetd/config.toml', "[ initial_session ]\n", ['/etc/greetd/config.toml:1: warning: ']);
around('another table', 'greetd', '/etc/greetd/config.toml', "[initial_sessions]\n[x]\ninitial_session = 1\n", []);
around('a greeter alone', 'greetd', '/etc/greetd/config.toml', "[default_session]\ncommand = \"x\"\n", []);
around('automatic', 'gdm-password', '/etc/gdm3/daemon.conf', "[daemon]\nAutomaticLoginEnable = True\n",
    ['/etc/gdm3/daemon.conf:2: warning: this login is by the service gdm-autologin']);
around('timed', 'gdm-password', '/etc/gdm3/custom.conf', "[daemon]\nTimedLoginEnable=1\n", ['/etc/gdm3/custom.conf:2: warning: ']);
around('manual', 'gdm-password', '/etc/gdm3/daemon.conf', "[daemon]\nAutomaticLoginEnable=false\n", []);
around('autologin', 'sddm', '/etc/sddm.conf', "[Autologin]\nUser=kiosk\n", ['/etc/sddm.conf:2: warning: ']);
around('any file', 'sddm', '/etc/sddm.conf.d/kde_settings', "[Autologin]\nUser=kiosk\n", ['/etc/sddm.conf.d/kde_settings:2: warning: ']);
around('no user', 'sddm', '/etc/sddm.conf', "[Autologin]\nUser= # nobody\n", []);
around('another user', 'sddm', '/etc/sddm.conf', "[Users]\nUser=kiosk\n", []);

make_path("$root/etc/lxdm");
symlink("$root/etc/lxdm/default.conf", "$root/etc/lxdm/lxdm.conf") or die;
put("$root/etc/lxdm/default.conf", "[base]\n# autologin=x\n autologin=kiosk\n[server]\nautologin=x\n");
said('lxdm: autologin, behind a link', $both, ['/etc/lxdm/lxdm.conf:3: warning: this login asks neither'], 'lxdm');
put("$root/etc/lxdm/default.conf", "[base]\n# autologin=x\n");
said('lxdm: none', $both, [], 'lxdm');

my $sshd = '/etc/ssh/sshd_config';
my $pam_yes = "UsePAM yes\nKbdInteractiveAuthentication yes\n";
my $methods = 'AuthenticationMethods publickey,keyboard-interactive:pam';
around('a key and a pass', 'sshd', $sshd, "$pam_yes$methods keyboard-interactive\n", []);
around('no list', 'sshd', $sshd, $pam_yes, ["$sshd: warning: a key skips the auth phase"]);
around('no keys', 'sshd', $sshd, "${pam_yes}PubkeyAuthentication=no\n", []);
around('a list of keys alone', 'sshd', $sshd, "$pam_yes$methods publickey\n",
    ["$sshd:3: warning: a list without keyboard-interactive"]);
around('... for some', 'sshd', $sshd, "$pam_yes$methods\nMatch User x\nAuthenticationMethods publickey\n",
    ["$sshd:5: warning: a list without keyboard-interactive"]);
around('a list for some only', 'sshd', $sshd, "${pam_yes}Match User x\n$methods\n",
    ["$sshd: warning: a key skips the auth phase"]);
around('no PAM', 'sshd', $sshd, "UsePAM no\n$methods\n", ["$sshd:1: warning: sshd asks PAM nothing"]);
around('the first word counts', 'sshd', $sshd, "usepam yes\nUsePAM no\n$methods\n", []);
around('no keyboard-interactive', 'sshd', $sshd, "UsePAM yes\nKbdInteractiveAuthentication no\n$methods\n",
    ["$sshd:2: warning: sshd asks for the pass by keyboard-interactive only"]);
make_path("$root/etc/ssh/sshd_config.d");
put("$root/etc/ssh/sshd_config.d/pass.conf", "$methods\nKbdInteractiveAuthentication yes\n");
around('an included file', 'sshd', $sshd, "Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\nUsePAM yes\n", []);
around('... for some only', 'sshd', $sshd, "${pam_yes}Match User x\nInclude /etc/ssh/sshd_config.d/*.conf\n",
    ["$sshd: warning: a key skips the auth phase"]);

# ---- the demo's recipes

my $demo = "$FindBin::Bin/../../pam_module/demo/pam.d";
put("$pam/" . s{.*/}{}r, get($_)) for glob "$demo/*";
my ($line, @conditions) = 0;
$line++, /^(?:auth|account).*pam_succeed_if/ && push @conditions, $line for split /\n/, get("$demo/healthpass-kiosk");
said('the kiosk', "\@include healthpass-kiosk\n\@include common-auth\n\@include common-account\n",
    [ map { "healthpass-kiosk:$_: note: " } @conditions ]);
said('a pass behind the account phase', "\@include common-auth\n\@include common-account\n\@include healthpass-after-password\n",
    ['common-account:1: warning: account: who is answered new_authtok_reqd by']);
said('a pass after a password', "\@include common-auth\n\@include healthpass-after-password\n\@include common-account\n", []);

# ---- what cannot be read

for my $name ('', '../x', '/etc/passwd', '.x') {
    my $r = ctl('pam-check', '--pam-dir', $pam, $name);
    is($r->{status}, 2, "no service: '$name'");
}
is(ctl('pam-check')->{status}, 2, 'no name');
my $r = ctl('pam-check', '--pam-dir', $pam, 'nosuch');
is_deeply([ $r->{status}, $r->{out} ], [ 3, '' ], 'no such service');
like($r->{err}, qr{^healthpassctl pam-check: \S+/nosuch: }, 'and which');
put("$pam/evil", "auth required pam_x\e[31m.so\n$both");
unlike(look("auth \e[31m pam_unix.so\n$both")->{out}, qr/\e/, 'a terminal sees no escapes');

done_testing();
