# healthpassctl override: a recorded exception for stale lists, which helps nothing else.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use POSIX 'strftime';
use Test::More;

my $home = folder();
my $issuer = issuer('i');
my $good = issue($issuer);
my $file = "$home/var/override";

# A folder whose MANIFEST is of that time.
sub folder_of {
    my ($issued) = @_;
    my $sum = `cd '$issuer->{trust}' && sha256sum issuer.pem`;
    put("$issuer->{trust}/MANIFEST", strftime("# issued: %FT%TZ\n", gmtime $issued) . $sum);
}

my @policy = ('--policy', put('policy.conf', qq(trust = "$issuer->{trust}"; rules = "minimal";\n)
    . qq(stale_override = "$file";\n)));
my @words = ('--by', 'J. Doe', '--reason', 'no network since Friday');

folder_of(time);
judged('a fresh list', 'ok', undef, @policy, $good);
folder_of(time - 8 * 86400);
judged('a stale list', 'trust-stale', 'fault', @policy, $good);

my $before = time;
my $r = ctl('override', '--stale', '6h', @words, @policy);
is_deeply([ @$r{qw(status err)} ], [ 0, '' ], 'override');
my ($until) = $r->{out} =~ /^stale trust lists may be used until (\S+Z)\n\z/;
ok(defined $until, 'says until when') or diag $r->{out};
cmp_ok($until, 'ge', strftime('%FT%TZ', gmtime $before + 6 * 3600), 'in six hours');
is(mode($file), '0644', 'every gate may read it');
is(mode("$home/var"), '0755', 'and its folder, which was not there');
like(get($file), qr/\Aversion: 1\nallows: stale\nmade: \S+Z\nuntil: \Q$until\E\nby: J\. Doe\nreason: no network since Friday\n\z/,
    'the file says all');
ok(!-e "$file.new", 'nothing else is left');
judged('with it', 'ok', undef, @policy, $good);
like(ctl('check', @policy, $good)->{err}, qr/warning: an override is in force/, 'and is told so');
judged('a forged pass', 'signature', 'signature', @policy, issue($issuer, '--forge'));
judged('a pass that ended', 'expired', 'validity', @policy,
    issue($issuer, '--exp', strftime('%FT%TZ', gmtime time - 60)));
judged('a positive test', 'rule-failed', 'rules', @policy, issue($issuer, '--preset', 'test-positive'));
judged('a stranger', 'signer-unknown', 'issuer', @policy, issue(issuer('other')));

$r = ctl('override', '--end', @policy);
is_deeply([ @$r{qw(status err)} ], [ 0, '' ], '--end');
ok(!-e $file, 'takes it away');
judged('after it', 'trust-stale', 'fault', @policy, $good);
$r = ctl('override', '--end', @policy);
is_deeply([ @$r{qw(status out err)} ], [ 0, "there was no override\n", '' ], 'a second time');

# Files as a person might write them.
sub override {
    my ($made, $until) = map { strftime '%FT%TZ', gmtime $_ } @_;
    put($file, "version: 1\nallows: stale\nmade: $made\nuntil: $until\nby: x\nreason: y\n");
}
override(time - 7200, time - 3600);
judged('one that is over', 'trust-stale', 'fault', @policy, $good);
override(time - 73 * 3600, time + 86400);
judged('one of four days ends after 72 hours', 'trust-stale', 'fault', @policy, $good);
override(time - 71 * 3600, time + 86400);
judged('and not before', 'ok', undef, @policy, $good);
override(time + 120, time + 3600);
judged('one from the future', 'trust-stale', 'fault', @policy, $good);
override(time + 30, time + 3600);
judged('a clock that is half a minute off', 'ok', undef, @policy, $good);
chmod 0666, $file;
judged('one that everybody may write', 'trust-stale', 'fault', @policy, $good);
like(ctl('check', @policy, $good)->{err}, qr/warning: \Q$file\E: mode 0666 lets others write/, 'is told');
chmod 0644, $file;
put($file, "until: tomorrow\n");
judged('nonsense', 'trust-stale', 'fault', @policy, $good);
like(ctl('check', @policy, $good)->{err}, qr/warning: \Q$file\E:1: expected version: 1/, 'is told');
is(ctl('override', '--stale', '1m', @words, @policy)->{status}, 0, 'and replaced');
judged('by a good one', 'ok', undef, @policy, $good);
unlink $issuer->{trust} . '/issuer.pem', $issuer->{trust} . '/MANIFEST';
judged('a list that is missing stays missing', 'trust-missing', 'fault', @policy, $good);

# What is refused leaves the file as it is.
my $text = get($file);
usage_error(qr/expected --stale T, --by NAME and --reason TEXT/, 'override', @policy, '--stale', '6h', '--by', 'x');
usage_error(qr/expected --stale T/, 'override', @policy, '--stale', '6h', '--reason', 'x');
usage_error(qr/expected --stale T/, 'override', @policy, @words);
usage_error(qr/expected --stale T/, 'override');
usage_error(qr/--stale: expected a time from 1m to 72h/, 'override', @policy, @words, '--stale', $_)
    for qw(59s 0h 73h 4d 259201s 4321m 6 h 6hh -6h 1.5h 99999999999h), ' 6h';
for (' x', 'x ', "a\nb", "\e[31m", "\xff", "\xc2\x9b", "a\xe2\x80\xaeb", "x\nuntil: 2030-01-01T00:00:00Z", 'x' x 256) {
    my $shown = s/[^ -~]/?/gr =~ s/x{9,}/x.../r;
    for my $option (qw(--by --reason)) {
        my $other = $option eq '--by' ? '--reason' : '--by';
        my $r = ctl('override', @policy, '--stale', '6h', $other, 'x', $option, $_);
        is_deeply([ @$r{qw(status out)} ], [ 2, '' ], "$option '$shown': exit 2");
        like($r->{err}, qr/^healthpassctl override: $option: expected/, 'and why');
    }
}
usage_error(qr/--by: expected/, 'override', @policy, '--stale', '6h', '--reason', 'x', '--by', 'x' x 64);
usage_error(qr/needs a value/, 'override', @policy, $_, '') for qw(--stale --by --reason);
usage_error(qr/--end stands alone/, 'override', @policy, '--end', $_, 'x') for qw(--stale --by --reason);
usage_error(qr/unexpected|takes no/i, 'override', @policy, '--end', 'x');
is(get($file), $text, 'the file is what it was');
for my $t (qw(1m 60s 72h 3d 259200s)) {
    is(ctl('override', '--stale', $t, @words, @policy)->{status}, 0, "--stale $t");
}
is(ctl('override', '--stale', '6h', @policy, '--by', 'x' x 63, '--reason', 'y' x 255)->{status}, 0,
    'the longest texts');

is(ctl('override', '--end', '--policy', "$home/none.conf")->{status}, 3, 'no policy: exit 3');
my $closed = put('closed.conf', qq(trust = "/t"; rules = "minimal"; stale_override = "$home/no/such/o";));
$r = ctl('override', '--stale', '6h', @words, '--policy', $closed);
is_deeply([ @$r{qw(status out)} ], [ 3, '' ], 'a folder that cannot be made: exit 3');
like($r->{err}, qr{/no/such/o: No such file}, 'and why');

done_testing;
