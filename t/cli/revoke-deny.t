# healthpassctl revoke add, remove, list: what is blocked, what is not, and that a list is whole
# whoever writes it, and whenever they are killed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Digest::SHA qw(sha256 sha256_hex);
use JSON::PP;
use MIME::Base64 'encode_base64';
use POSIX 'strftime';
use Test::More;
use Time::HiRes qw(sleep time);

my $binary = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
my $long = $ENV{HEALTHPASS_LONG};
my $home = folder();
our $list = "$home/deny.list";
my $head = "healthpass deny list 1\n";
my $ci = 'URN:UVCI:01:XA:1#2';

sub hash16 { return substr sha256_hex(join '', @_), 0, 32 }
sub revoke { my @in = ref $_[0] ? shift : (); my $what = shift; return ctl(@in, 'revoke', $what, '--deny-list', $list, @_) }
sub in_days { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(int(time) + 86400 * $_[0])) }

# What the list says now: kind and hash, in order.
sub listed {
    my $r = revoke('list', '--full', '--json');
    is_deeply([ @$r{qw(status err)} ], [ 0, '' ], 'the list is whole') or return [];
    return decode_json($r->{out})->{blocks};
}
sub keys_of { return [ sort map { "$_->{kind} $_->{hash}" } @{ listed() } ] }

sub done {
    my ($what, $words, @args) = @_;
    my $r = revoke(@args);
    is($r->{status}, 0, "$what: done") or diag $r->{err};
    like($r->{out}, $words, "$what: says so");
    return $r;
}

# Nothing is changed, and it is said why.
sub refused {
    my ($what, $status, $words, @args) = @_;
    my $before = -e $list ? get($list) : undef;
    my $r = revoke(@args);
    is_deeply([ $r->{status}, $r->{out} ], [ $status, '' ], "$what: exit $status");
    like($r->{err}, $words, "$what: why");
    is(-e $list ? get($list) : undef, $before, "$what: the list is what it was");
    ok(!-e "$list.new", "$what: nothing is left behind");
    return $r;
}

# ---- usage -----------------------------------------------------------------------

my @hash = ('--hash', '0' x 32);
for my $what ('add', 'remove') {
    refused("$what nothing", 2, qr/expected one of --pass FILE, --uci T/, $what);
    refused("$what two things", 2, qr/expected one of/, $what, @hash, '--uci', $ci);
    refused("$what --any alone", 2, qr/go with --pass/, $what, @hash, '--any');
    refused("$what --token-only alone", 2, qr/go with --pass/, $what, '--uci', $ci, '--token-only');
    refused("$what --trust alone", 2, qr/go with --pass/, $what, @hash, '--trust', $home);
    refused("$what two lists", 2, qr/either --policy or --deny-list/, $what, @hash, '--policy', 'x');
    refused("$what by two", 2, qr/either --policy or --trust/, $what, '--pass', 'x', '--policy', 'x', '--trust', 'x');
    refused("$what --hash $_", 2, qr/--hash, number 2: expected 32 or 64 hex/, $what, @hash, '--hash', $_)
        for '0' x 31, '0' x 33, '0' x 66, 'g' x 32, "signature:", "frob:" . '0' x 32, "s:" . '0' x 32, ':' . '0' x 32,
            'P:' . '0' x 32, 'P1:' . '0' x 32, 'P81:' . '0' x 32, 'P1x:' . '0' x 32, encode_base64('x' x 15, ''), 'x' x 200;
    refused("$what --uci $_->[0]", 2, qr/--uci: expected 1 to 255 printable/, $what, '--uci', $_->[1])
        for [ 'with a blank', "$ci " ], [ 'with one before', " $ci" ], [ 'with a line end', "$ci\n" ], [ 'of another script', "\xc3\xa9" ], [ 'too long', 'x' x 256 ];
    refused("$what --uci $_", 2, qr/--uci: expected a number after/, $what, '--uci', $_) for 'URN:UVCI:', 'urn:uvci:';
    refused("$what --uci-prefix $_", 2, qr/--uci-prefix: expected 4 to 80/, $what, '--uci-prefix', $_)
        for '01:', 'URN:UVCI:01:', 'URN:', 'urn:uvci', 'x' x 81;
}
unlike(refused('a UCI for a hash', 2, qr/--hash/, 'add', '--hash', $ci)->{err}, qr/XA/, 'is not repeated');
refused('an end in the past', 2, qr/--until: expected a time in the future/, 'add', @hash, '--until', in_days(-1));
refused('no time', 2, qr/--until/, 'add', @hash, '--until', 'tomorrow');
refused($_->[0], 2, qr/--reason: expected up to 95/, 'add', @hash, '--reason', $_->[1])
    for [ 'a long reason', 'r' x 96 ], [ 'a quote', 'a "b"' ], [ 'a line end', "a\nb" ], [ 'umlauts', "\xc3\xa4" ];
usage_error(qr/either --policy or --deny-list/, qw(revoke list --policy x --deny-list y));
ok(!-e $list && !-e "$list.lock", 'and no file was made');
is(revoke('list')->{status}, 3, 'no list is a fault to who reads it');
refused('removing from no list', 1, qr/nothing of that is blocked/, 'remove', @hash);
ok(!-e "$list.lock", 'which leaves no lock');

# ---- keys ------------------------------------------------------------------------

my $r = done('a hash', qr/^blocked for ever: 4 keys, in \Q$list\E\n\z/, 'add', '--hash', hash16('x'), '--reason', 'on social networks');
like($r->{err}, qr/deny\.list is new/, 'a new list is told of');
is(mode($list), '0640', 'and is not for strangers');
is_deeply(keys_of(), [ map { "$_ " . hash16('x') } qw(C N S U) ], 'is of the four kinds');
is(listed()->[0]{reason}, 'on social networks', 'with the reason');
is(listed()->[0]{until}, undef, 'for ever');
$r = revoke('list');
like($r->{out}, qr/^S   [0-9a-f]{8}  \S+Z  -  +on social networks$/m, 'the list for people');
unlike($r->{out}, qr/[0-9a-f]{9}/, 'has eight digits of each');
like(revoke('list', '--full')->{out}, qr/^S   [0-9a-f]{32}  /m, 'or all');
done('again', qr/^blocked for ever: 4 keys, 4 of them blocked already, in/, 'add', '--hash', hash16('x'));
is(listed()->[0]{reason}, 'on social networks', 'keeps the reason');
done('with an end', qr/blocked until \S+Z: 4 keys, 4 of them/, 'add', '--hash', hash16('x'), '--until', in_days(1), '--reason', 'new');
is_deeply([ @{ listed()->[0] }{qw(until reason)} ], [ undef, 'new' ], 'shortens nothing, and has the new reason');
done('all of it', qr/^unblocked: 4 keys, in/, 'remove', '--hash', sha256_hex('x'));
is(get($list), $head, 'is gone');
refused('once more', 1, qr/nothing of that is blocked/, 'remove', '--hash', hash16('x'));

my %kind = qw(signature S uci U country-uci C proof N rid R 2d-doc D ledger L number I P12 P12);
for my $word (sort keys %kind) {
    for my $name ($word, $kind{$word}) {
        done("--hash $name:", qr/: 1 key/, 'add', '--hash', "$name:" . hash16('x'));
        is_deeply(keys_of(), [ "$kind{$word} " . hash16('x') ], "is a block of $kind{$word}");
        done("--hash $name: taken out", qr/: 1 key/, 'remove', '--hash', "$name:" . hash16('x'));
    }
}
for my $form (uc sha256_hex('x'), encode_base64(sha256('x'), ''), encode_base64(sha256('x'), '') =~ tr{+/=}{-_}dr,
        encode_base64(substr(sha256('x'), 0, 16), '')) {
    done("as $form", qr/: 1 key/, 'add', '--hash', "U:$form", '--until', in_days(1));
    is_deeply(keys_of(), [ 'U ' . hash16('x') ], 'is the same');
}
my $later = in_days(9);
done('later', qr/already/, 'add', '--hash', 'U:' . hash16('x'), '--until', $later);
is(listed()->[0]{until}, $later, 'a later end counts');
done('several', qr/: 2 keys/, 'add', map { ('--hash', "S:" . hash16($_)) } 'a', 'b', 'a');
is_deeply([ map { $_->{kind} } @{ listed() } ], [qw(U S S)], 'the latest last') if listed()->[0]{added} lt listed()->[-1]{added};
done('any kind', qr/: 1 key/, 'remove', '--hash', hash16('a'));
is_deeply(keys_of(), [ 'S ' . hash16('b'), 'U ' . hash16('x') ], 'is found whatever it is');

# ---- identifiers -----------------------------------------------------------------

put($list, $head);
for my $typed ($ci, lc $ci, '01:XA:1#2', '01:xa:1#2') {
    done("--uci $typed", qr/: 1 key/, 'add', '--uci', $typed);
    is_deeply(keys_of(), [ 'I ' . hash16('01:XA:1#2') ], 'is one number');
}
done('a blank that the issuer wrote', qr/: 1 key/, 'add', '--uci', '01 IS/AB#1');
is_deeply([ sort @{ keys_of() } ], [ sort 'I ' . hash16('01:XA:1#2'), 'I ' . hash16('01 IS/AB#1') ], 'is part of the number');
done('and taken back', qr/unblocked: 1 key/, 'remove', '--uci', '01 is/ab#1');
done('--uci -', qr/already/, \"$ci\n", 'add', '--uci', '-');
refused('--uci - of nothing', 2, qr/--uci: expected/, 'add', '--uci', '-');
done('keys of lists', qr/: 2 keys/, 'add', '--hash', 'U:' . hash16($ci), '--hash', 'U:' . hash16('01:XA:1#2'));
done('all that it can be', qr/unblocked: 3 keys/, 'remove', '--uci', $ci);
for my $typed ('01:XA:', 'urn:uvci:01:xa:') {
    done("--uci-prefix $typed", qr/: 1 key/, 'add', '--uci-prefix', $typed);
    is_deeply(keys_of(), [ 'P6 ' . hash16('01:XA:') ], 'is the beginning of a number');
}
refused('another beginning', 1, qr/nothing of that/, 'remove', '--uci-prefix', '01:XA');
done('a beginning', qr/unblocked: 1 key/, 'remove', '--uci-prefix', '01:xa:');
unlike(join('', map { get($_) } glob "$home/deny.list*"), qr/XA/i, 'no identifier is in any file');
done("prefix of $_", qr/1 key/, 'add', '--uci-prefix', 'x' x $_) for 4 .. 19;
refused('one length too many', 3, qr/nothing is changed, for no gate could read it: .*at most 16/, 'add', '--uci-prefix', 'x' x 20);

# ---- passes ----------------------------------------------------------------------

put($list, $head);
my $issuer = issuer('i');
my $dcc = '{"ver":"1.3.0","nam":{"fn":"Pruefling","fnt":"PRUEFLING","gn":"Erna","gnt":"ERNA"},"dob":"1971-02-03",'
    . '"v":[{"tg":"840539006","co":"XA","is":"Test issuer","ci":"' . $ci . '","vp":"1119349007","mp":"EU/1/20/1528",'
    . '"ma":"ORG-100030215","dn":2,"sd":2,"dt":"2021-06-01"}]}';
my @payload = ('--payload', put('dcc.json', $dcc));
my $pass = issue($issuer, @payload, '--iss', 'XB');
my $again = issue($issuer, @payload, '--iss', 'XB');
my $ended = issue($issuer, @payload, '--exp', in_days(-1));
my $forged = issue($issuer, @payload, '--iss', 'XB', '--forge');
my $identity = put('identity.key', 'k' x 32);
chmod 0600, $identity;
my @policy = ('--policy', put('policy.conf', qq(trust = "$issuer->{trust}";\nrules = "minimal";\nidentity_key = "$identity";\n)));
chmod 0644, $policy[1];
my @trust = ('--trust', $issuer->{cert});

my @of_uci = ('U ' . hash16($ci), 'C ' . hash16("XA$ci"), 'C ' . hash16("XB$ci"));
$r = done('a pass', qr/^blocked for ever: 6 keys/, 'add', '--pass', $pass, @policy);
unlike("$r->{out}$r->{err}" =~ s/\Q$list\E//gr, qr/Erna|Pruefling|XA|1971/i, 'nothing of it is said');
unlike(get($list), qr/Erna|PRUEFLING|XA|1971/i, 'nor stored');
my %had = map { $_ => 1 } @{ keys_of() };
ok($had{$_}, "is blocked by $_") for @of_uci;
is_deeply([ sort map { substr $_, 0, 1 } keys %had ], [qw(C C L N S U)], 'and by signature, proof and ledger id');
$r = done('a new signature', qr/6 keys, 4 of them blocked already/, 'add', '--pass', $again, @policy);
done('the first one', qr/unblocked: 6 keys/, 'remove', '--pass', $pass, @policy);
is_deeply([ map { s/ .*//r } @{ keys_of() } ], [qw(N S)], 'leaves the keys of the other signature');
done('that, too', qr/unblocked: 2 keys/, 'remove', '--pass', $again, '--token-only', @policy);

done('--token-only', qr/: 2 keys/, 'add', '--pass', $pass, '--token-only', @policy);
is_deeply([ map { s/ .*//r } @{ keys_of() } ], [qw(N S)], 'is this signature only');
put($list, $head);
done('from standard input', qr/: 6 keys/, \get($pass), 'add', '--pass', '-', @policy);
put($list, $head);
done('--trust', qr/: 5 keys/, 'add', '--pass', $pass, @trust);
ok(!(grep { /^L/ } @{ keys_of() }), 'knows no ledger id of any gate');
put($list, $head);
done('a pass that has ended', qr/: 6 keys/, 'add', '--pass', $ended, @policy);
put($list, $head);
done('by its number', qr/: 1 key/, 'add', '--uci', lc $ci);
done('a pass that is blocked by its number', qr/unblocked: 1 key/, 'remove', '--pass', $pass, @policy);

refused('a forged pass', 1, qr/is not shown to be genuine: signature; with --any/, 'add', '--pass', $forged, @policy);
refused('a stranger\'s', 1, qr/is not shown to be genuine: signer-unknown/, 'add', '--pass', issue(issuer('other')), @policy);
refused('no pass', 1, qr/is not shown to be genuine: unknown-kind/, 'add', '--pass', put('none', 'frob'), @policy);
refused('no pass, --any', 1, qr/cannot be read: unknown-kind/, 'add', '--pass', "$home/none", '--any', @policy);
refused('a cut pass, --any', 1, qr/cannot be read/, 'add', '--pass', put('cut', substr get($pass), 0, 100), '--any', @policy);
refused('nothing on standard input', 1, qr/no pass on standard input/, 'add', '--pass', '-', @policy);
refused('too long for a pass', 1, qr/too-long/, 'add', '--pass', put('long', 'x' x 170_000), @policy);
refused('no file', 3, qr/No such file/, 'add', '--pass', "$home/nowhere", @policy);
refused('no policy', 3, qr/No such file/, 'add', '--pass', $pass, '--policy', "$home/nowhere");
$r = done('a forged pass, --any', qr/: 6 keys/, 'add', '--pass', $forged, '--any', @policy);
like($r->{err}, qr/warning: \S+: is not shown to be genuine: signature/, 'is warned of');
%had = map { $_ => 1 } @{ keys_of() };
ok($had{$_}, "is blocked by $_") for @of_uci;

# ---- at a gate -------------------------------------------------------------------

{
    local $list = "$home/gate/deny.list";
    my $file = put('gate.conf', qq(trust = "$issuer->{trust}";\nrules = "minimal";\nidentity_key = "$identity";\n)
        . qq(deny_list = "$list";\n));
    chmod 0644, $file;
    my @gate = ('--policy', $file);
    my $other = issue($issuer, '--preset', 'adult-full');
    my $here = sub {
        my $r = ctl('revoke', @_, @gate);
        is($r->{status}, 0, "revoke @_[0, 1]: done") or diag $r->{err};
        return $r;
    };
    like($here->('add', '--pass', $pass)->{err}, qr/gate\/deny\.list is new/, 'a list that the policy misses is made');
    judged('the pass', 'denied-here', 'revocation', @gate, $pass);

    # Gates go on with the lists that they have: a block must not wait until all of them are whole.
    my $broken = put('broken.conf', get($file) . qq(revoked = "$home/nowhere";\nrevoked_required = "eu";\n));
    chmod 0644, $broken;
    is(ctl('check', '--policy', $broken, $other)->{status}, 3, 'a policy without its index judges nobody');
    for my $what ('add', 'remove') {
        my $r = ctl('revoke', $what, '--policy', $broken, '--pass', $other);
        is($r->{status}, 0, "... which is no reason not to $what") or diag $r->{err};
    }
    judged('a new signature of it', 'denied-here', 'revocation', @gate, $again);
    judged('another pass', 'ok', undef, @gate, $other);
    is(scalar @{ decode_json($here->('list', '--json')->{out})->{blocks} }, 6, 'the policy names the list');
    $here->('remove', '--pass', $again);
    judged('a half unblocked pass', 'denied-here', 'revocation', @gate, $pass);
    judged('what was unblocked', 'ok', undef, @gate, $again);
    $here->('remove', '--pass', $pass);
    judged('unblocked', 'ok', undef, @gate, $pass);
    $here->('add', '--pass', $pass, '--token-only');
    judged('--token-only', 'denied-here', 'revocation', @gate, $pass);
    judged('not the other signature', 'ok', undef, @gate, $again);
    $here->('remove', '--pass', $pass);
    for my $how ([ '--uci', lc $ci ], [ '--uci-prefix', '01:xa:' ], [ '--hash', hash16("XA$ci") ],
            [ '--hash', 'uci:' . sha256_hex($ci) ]) {
        $here->('add', @$how);
        judged("@$how", 'denied-here', 'revocation', @gate, $again);
        judged('another pass', 'ok', undef, @gate, $other);
        $here->('remove', @$how);
        judged("without @$how", 'ok', undef, @gate, $again);
    }
    my $until = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 100));
    $here->('add', '--uci', $ci, '--until', $until);
    judged('before its end', 'denied-here', 'revocation', @gate, $pass);
    judged('at its end', 'ok', undef, @gate, '--at', $until, $pass);
    $here->('remove', '--uci', $ci);

    # A block by an older key of the ring is found, and taken out.
    $here->('add', '--pass', $pass);
    my @by_ledger = grep { /^L/ } @{ keys_of() };
    $here->('remove', '--hash', $_->{hash}) for grep { $_->{kind} ne 'L' } @{ listed() };
    put($identity, 'n' x 32 . 'k' x 32);
    judged('by the ledger id of an older key', 'denied-here', 'revocation', @gate, $again);
    $here->('add', '--pass', $pass);
    is(scalar(grep { /^L/ } @{ keys_of() }), 2, 'the newest key writes');
    $here->('remove', '--pass', $pass);
    is_deeply(keys_of(), [], 'both are taken out');

    put($list, "${head}frob\n");
    $r = ctl('revoke', 'add', '--pass', $pass, @gate);
    is_deeply([ $r->{status}, get($list) ], [ 3, "${head}frob\n" ], 'a damaged list is left alone');
    like($r->{err}, qr/deny\.list:2: expected a kind/, 'and told of');
    $r = ctl('revoke', 'list', @policy);
    like($r->{err}, qr/warning: \S+ names no deny_list/, 'a policy without a list is warned of');
    $r = ctl('revoke', 'list', '--policy', put('wrong.conf', 'frob = 1;'));
    is_deeply([ $r->{status}, $r->{out} ], [ 3, '' ], 'a wrong policy is a fault');
}

# ---- ends ------------------------------------------------------------------------

my $line = 'S ' . '0' x 32 . ' added=2021-07-01T00:00:00Z';
my $soon = in_days(1);
put($list, "$head$line until=2021-07-02T00:00:00Z\r\nU" . substr($line, 1) . " until=$soon x-by=me\r\n");
is_deeply([ map { $_->{ended} ? 1 : 0 } @{ listed() } ], [ 1, 0 ], 'what has ended is told');
like(revoke('list')->{out}, qr/2021-07-02T00:00:00Z  \(ended\)/, 'to people, too');
done('the next one', qr/1 key,/, 'add', '--uci', $ci);
is_deeply([ map { s/ .*//r } @{ keys_of() } ], [qw(I U)], 'drops what has ended');
put($list, "$head$line until=2021-07-02T00:00:00Z\n");
done('what has ended', qr/^blocked for ever: 1 key, in/, 'add', '--hash', 'S:' . '0' x 32);
is_deeply([ map { $_->{until} } @{ listed() } ], [ undef ], 'is a new block');

# ---- the file --------------------------------------------------------------------

put($list, "$head$line\nfrob\n");
refused('a damaged list', 3, qr/^healthpassctl revoke $_: \Q$list\E:3: expected a kind of block/, $_, @hash) for 'add', 'remove';
is(revoke('list')->{status}, 3, 'is not shown either');
put($list, '');
refused('an emptied list', 3, qr/:1: is no deny list/, 'add', @hash);
put($list, $head);
chmod 0604, $list;
done('another mode', qr/blocked/, 'add', @hash);
is(mode($list), '0604', 'is kept');
chmod 0666, $list;
refused('a list that others may write', 3, qr/chmod go-w/, 'add', @hash);
chmod 0640, $list;
SKIP: {
    skip 'only root can give files away', 14 if $> != 0;
    chown 0, 65534, $list;
    done('another group', qr/blocked/, 'add', @hash);
    is((stat $list)[5], 65534, 'is kept');
    is(revoke('add', @hash)->{err}, '', 'is one that workers may have');
    chown 0, 0, $list;
    like(revoke('add', @hash)->{err}, qr/warning: \Q$list\E: only root may read it: .*workers of nginx/, 'a list that only root may read is warned of');
    like(revoke('remove', @hash)->{err}, qr/warning: \Q$list\E: only root may read it/, '... with each change');
    chown 0, 65534, $list;
    mkdir "$home/shared";
    chown 0, 65534, "$home/shared";
    local $list = "$home/shared/list";
    done('a new list', qr/blocked/, 'add', @hash);
    is((stat $list)[5], 65534, 'has the group of its folder');
    chown 65534, 65534, $list;
    refused('somebody else\'s list', 3, qr/belongs to user/, 'add', @hash);
}
{
    local $list = "$home/fresh/list";
    done('a folder that is not there', qr/blocked/, 'add', @hash);
    is(mode("$home/fresh"), '0755', 'is made');
    local $list = "$home/no/such/list";
    refused('two folders', 3, qr/No such file/, 'add', @hash);
}
for my $odd ([ '/dev/null' => qr/is no regular file/ ], [ $home => qr/is a folder/ ], [ "$home/odd" => qr/is a symbolic link/ ]) {
    symlink $list, "$home/odd";
    $r = ctl('revoke', 'add', '--deny-list', $odd->[0], @hash);
    is($r->{status}, 3, "$odd->[0] is no list");
    like($r->{err}, $odd->[1], 'and told of');
}

# ---- many writers ------------------------------------------------------------------

put($list, $head);
put("$list.new", 'left by a killed run');
my ($writers, $adds) = (8, 25);
my @pids;
for my $w (1 .. $writers) {
    my $pid = fork // die "fork: $!";
    push @pids, $pid;
    next if $pid;
    my $failed = 0;
    for (1 .. $adds) {
        open STDOUT, '>', '/dev/null';
        system($binary, 'revoke', 'add', '--deny-list', $list, '--hash', 'S:' . hash16("$w $_")) == 0 or $failed++;
    }
    POSIX::_exit($failed ? 1 : 0);
}
is(join(' ', map { waitpid $_, 0; $? } @pids), join(' ', (0) x $writers), "$writers writers at once");
%had = map { $_ => 1 } @{ keys_of() };
is_deeply([ grep { !$had{ 'S ' . hash16($_) } } map { my $w = $_; map { "$w $_" } 1 .. $adds } 1 .. $writers ], [],
    'and nothing is lost');
is(scalar keys %had, $writers * $adds, 'nothing is there twice');
ok(!-e "$list.new", 'what a killed run left is gone');

# Somebody holds the lock and does not let go.
SKIP: {
    skip 'waits for ten seconds: HEALTHPASS_LONG', 1 unless $long;
    open my $lock, '<', "$list.lock" or die;
    flock $lock, 2;
    my $begin = time;
    refused('a lock that is held', 3, qr/another run has held it for 10 seconds/, 'add', @hash);
    cmp_ok(time - $begin, '<', 15, 'not waited for for ever');
}

# ---- killed ------------------------------------------------------------------------

put($list, $head);
my $one = time;
revoke('add', '--hash', 'S:' . hash16('first'));
my $takes = time - $one;
my (@sure, $killed, $whole);
my $rounds = $long ? 200 : 25;
for my $n (1 .. $rounds) {
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', "$home/said" or die;
        exec $binary, 'revoke', 'add', '--deny-list', $list, '--hash', 'S:' . hash16("kill $n") or die;
    }
    sleep(rand(1.2 * $takes));
    kill 'KILL', $pid;
    waitpid $pid, 0;
    $killed++ if $? == 9;
    push @sure, "kill $n" if $? == 0 || get("$home/said") =~ /^blocked/;
    my $r = ctl('revoke', 'list', '--full', '--json', '--deny-list', $list);
    $whole++ if $r->{status} == 0;
    my %is = map { $_->{hash} => 1 } $r->{status} == 0 ? @{ decode_json($r->{out})->{blocks} } : ();
    my @lost = grep { !$is{ hash16($_) } } 'first', @sure;
    is("@lost", '', "round $n: nothing that was acknowledged is lost") if @lost;
}
is($whole, $rounds, "the list is whole after $rounds kills");
cmp_ok($killed, '>', 0, 'some of which came in time');
done('the next one', qr/blocked/, 'add', '--hash', 'S:' . hash16('last'));
%had = map { $_ => 1 } @{ keys_of() };
is_deeply([ grep { !$had{ 'S ' . hash16($_) } } 'first', @sure, 'last' ], [], 'nothing that was acknowledged is lost');
ok(!-e "$list.new", 'and nothing is left behind');

# Calls that fail, or end the program as kill -9 does, in the middle of writing.
my $preload = "$home/fail.so";
put('fail.c', <<'C');
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int renameat2(int, const char *, int, const char *, unsigned);
static int fails(const char *call)
{
    const char *how = getenv("HP_FAIL");
    size_t n = strlen(call);
    static int calls;
    if (how == NULL || strncmp(how, call, n) != 0 || ++calls < atoi(how + n))
        return 0;
    if (strstr(how, ":kill") != NULL)
        kill(getpid(), SIGKILL);
    errno = EIO;
    return 1;
}
int fsync(int fd) { (void)fd; return fails("fsync") ? -1 : 0; }
int rename(const char *a, const char *b) { return fails("rename") ? -1 : renameat2(-100, a, -100, b, 0); }
C
SKIP: {
    skip 'no preloading beside a sanitizer', 1 if get($binary) =~ /__asan_init/;
    system(split(/ /, $ENV{CC} || 'cc'), '-shared', '-fPIC', '-w', '-o', $preload, "$home/fail.c") == 0 or skip 'no compiler', 1;
    local $ENV{LD_PRELOAD} = $preload;
    for my $call ('fsync1', 'rename1') {
        local $ENV{HP_FAIL} = $call;
        refused("$call fails", 3, qr/cannot be replaced, and is what it was: Input/, 'add', @hash);
        local $ENV{HP_FAIL} = "$call:kill";
        my $before = get($list);
        is_deeply([ @{ revoke('add', @hash) }{qw(status out)} ], [ 'signal 9', '' ], "killed in $call");
        is(get($list), $before, 'the list is what it was');
    }
    local $ENV{HP_FAIL} = 'fsync2';
    $r = revoke('add', '--uci', $ci);
    is_deeply([ $r->{status}, $r->{out} ], [ 3, '' ], 'a folder that cannot be flushed: nothing is acknowledged');
    like($r->{err}, qr/is written, but its folder may not be/, 'and it is said how far it came');
    local $ENV{HP_FAIL} = 'fsync2:kill';
    is_deeply([ @{ revoke('add', '--uci', $ci) }{qw(status out)} ], [ 'signal 9', '' ], 'killed after the rename');
    delete local $ENV{HP_FAIL};
    done('the next one', qr/already/, 'add', '--uci', $ci);
    ok(!-e "$list.new", 'and nothing is left behind');
}

done_testing;
