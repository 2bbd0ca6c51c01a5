# healthpassctl bind: whose pass opens a login, without a name at rest.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;

use constant KILLS => $ENV{HEALTHPASS_LONG} ? 200 : 20;

my $home = folder();
my $issuer = issuer('i');
my $good = issue($issuer);
my $child = issue($issuer, '--preset', 'child');
my $file = "$home/holders";
put('identity.key', 'k' x 32);
chmod 0600, "$home/identity.key";
my $policy = put('policy.conf', qq(trust = "$issuer->{trust}"; rules = "minimal"; identity_key = "$home/identity.key";\n));
my @at = ('--policy', $policy, '--holders', $file);
my $head = "healthpass holders 1\n";
my $account = getpwuid $<;

sub said {
    my ($r, $status, $out, $err, $what) = @_;
    is_deeply([ @$r{qw(status out)} ], [ $status, $out ], $what);
    like($r->{err}, $err, '... and what it says of it');
}

sub lines { return grep { !/^healthpass/ } split /^/, get($file) }

said(ctl('bind', '--list', '--holders', $file), 0, '', qr/\A\z/, 'no file: nobody');
said(ctl('bind', @at, $account, $good), 0, "$account: bound\n", qr/\A\z/, 'a pass from a file');
like(get($file), qr/\A\Q$head\E\Q$account\E:[0-9a-f]{32}\n\z/, '... is a keyed id');
is(mode($file), '0600', '... that nobody else reads');
my $before = get($file);
said(ctl('bind', @at, $account, $good), 0, "$account: was bound already\n", qr/\A\z/, 'the same again');
is(get($file), $before, '... changes nothing');
said(ctl(\get($child), 'bind', @at, $account), 0, "$account: bound\n", qr/\A\z/, 'another one from standard input');
said(ctl(\get($child), 'bind', @at, 'nobody-of-the-kind', '-'), 0, "nobody-of-the-kind: bound\n",
    qr/warning: there is no account nobody-of-the-kind/, 'a login that is no account is warned of');
is_deeply([ map { /^([^:]+)/ } lines() ], [ $account, $account, 'nobody-of-the-kind' ], 'three lines');
is(scalar(keys %{ { map { (split /:/)[1] => 1 } lines() } }), 2, '... of two holders');
said(ctl('bind', '--list', '--holders', $file), 0,
    join('', sort "$account 2\n", "nobody-of-the-kind 1\n"), qr/\A\z/, 'the list');
said(ctl('bind', '--remove', @at, $account, $child), 0, "$account: 1 taken away\n", qr/\A\z/, 'one holder is taken away');
said(ctl('bind', '--remove', @at, $account, $child), 0, "$account: nothing to be taken away\n", qr/\A\z/, '... once');
said(ctl('bind', '--remove', @at, 'nobody-of-the-kind'), 0, "nobody-of-the-kind: 1 taken away\n", qr/\A\z/, 'all of a login');
is(get($file), $before, 'what is left');

# A ring of keys: the newest writes, all match.
put('identity.key', 'n' x 32 . 'k' x 32);
said(ctl('bind', @at, $account, $good), 0, "$account: was bound already\n", qr/\A\z/, 'bound under the older key');
said(ctl('bind', '--remove', @at, $account, $good), 0, "$account: 1 taken away\n", qr/\A\z/, '... and taken away');
ctl('bind', @at, $account, $good);
isnt(get($file), $before, '... and bound under the newer one');
put('identity.key', 'k' x 32);
ctl('bind', '--remove', @at, $account);
ctl('bind', @at, $account, $good);
is(get($file), $before, 'the same key makes the same id');

# Only what a login would accept.
for my $case ([ 'a forged pass', issue($issuer, '--forge'), 1, qr/signature/ ],
    [ 'an ended pass', issue($issuer, '--exp', '2021-09-01T00:00:00Z'), 1, qr/expired/ ],
    [ 'a positive test', issue($issuer, '--preset', 'test-positive'), 1, qr/rule-failed/ ],
    [ 'no pass', put('none.txt', ''), 1, qr/no-pass|expected one pass/ ],
    [ 'no file', "$home/gone.txt", 3, qr/gone\.txt: No such file/ ]) {
    my ($what, $text, $status, $why) = @$case;
    said(ctl('bind', @at, $account, $text), $status, '', $why, $what);
    is(get($file), $before, '... changes nothing');
}
my $keyless = put('keyless.conf', qq(trust = "$issuer->{trust}"; rules = "minimal";\n));
said(ctl('bind', '--policy', $keyless, '--holders', $file, $account, $good), 3, '', qr/needs an identity_key/, 'no identity key');
for my $case ([ [], qr/expected LOGIN/ ], [ [ 'a', $good, $good ], qr/expected LOGIN/ ], [ [ 'a b', $good ], qr/a login's name/ ],
    [ [ 'a:b', $good ], qr/a login's name/ ], [ [ 'x' x 257, $good ], qr/a login's name/ ],
    [ [ '--list', 'a' ], qr/--list stands alone/ ], [ [ '--list', '--remove' ], qr/--list stands alone/ ]) {
    said(ctl('bind', @at, @{ $case->[0] }), 2, '', $case->[1], "usage: @{ $case->[0] }");
}

# A file that is not as it must be stays what it is.
for my $text ('', "$head$account:12\n", "${head}x") {
    put('holders', $text);
    chmod 0600, $file;
    said(ctl('bind', @at, $account, $good), 3, '', qr/holders:\d+: expected /, 'a damaged file');
    is(get($file), $text, '... is not written over');
    said(ctl('bind', '--list', '--holders', $file), 3, '', qr/holders:\d+: expected /, '... and not listed');
}
put('holders', $before);
chmod 0644, $file;
said(ctl('bind', @at, $account, $good), 3, '', qr/\Q$file\E/, 'a file that others read');
chmod 0600, $file;
put('holders', $head . join '', map { sprintf "%s:%032x\n", $account, $_ } 1 .. 32);
chmod 0600, $file;
said(ctl('bind', @at, $account, $good), 3, '', qr/at most 32 lines for one login/, 'a login has 32 holders');

# Several writers, and killed ones.
put('holders', $head);
chmod 0600, $file;
my $binary = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
sub in_background {
    my (@words) = @_;
    my $pid = fork // die;
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec $binary, 'bind', @at, @words;
    }
    return $pid;
}
my @pids = map { in_background("writer-$_", $good) } 1 .. 12;
my $failed = grep { waitpid $_, 0; $? } @pids;
is($failed, 0, 'twelve writers at once');
is(scalar(lines()), 12, '... lose nothing of one another');
for my $n (1 .. KILLS) {
    my $pid = in_background("killed-$n", $good);
    select undef, undef, undef, rand 0.02;
    kill 'KILL', $pid;
    waitpid $pid, 0;
}
my $r = ctl('bind', '--list', '--holders', $file);
is($r->{status}, 0, KILLS . ' killed writers leave a whole file');
is(scalar(grep { /^writer-/ } lines()), 12, '... with all that was in it');
said(ctl('bind', @at, $account, $good), 0, "$account: bound\n", qr/\A\z/, '... that can be changed');
unlike(get($file), qr/mustermann|muster|erika|1964|1980|urn:uvci/i, 'no name, birth date or number is in it');
done_testing();
