# healthpassctl clearance: keys that are made and rotated, exemptions without a reason.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;

my $home = folder();
my $key = "$home/clearance.key";

# ---- keys ------------------------------------------------------------------------

my $r = ctl('clearance', 'key', '-o', $key);
is_deeply([ @$r{qw(status err)} ], [ 0, '' ], 'clearance key');
is(length get($key), 32, 'one key');
like(mode($key), qr/^06[04]0$/, 'which strangers do not read');
my $first = get($key);

$r = ctl('clearance', 'key', '-o', $key);
is($r->{status}, 3, 'a file that is there stays');
like($r->{err}, qr/File exists \(--rotate puts a new key in front\)/, 'and is told how to go on');
is(get($key), $first, '... as it was');

my $mode = mode($key);
$r = ctl('clearance', 'key', '-o', $key, '--rotate');
is_deeply([ @$r{qw(status out err)} ], [ 0, "2 keys, the newest signs\n", '' ], '--rotate');
is(length get($key), 64, 'two keys');
is(substr(get($key), 32), $first, 'the old one behind');
isnt(substr(get($key), 0, 32), $first, 'a new one in front');
is(mode($key), $mode, 'the mode stays');
my $second = substr get($key), 0, 32;
ctl('clearance', 'key', '-o', $key, '--rotate', '--keep', 3);
is(substr(get($key), 32), $second . $first, '--keep 3');
ctl('clearance', 'key', '-o', $key, '--rotate');
is(length get($key), 64, 'two are kept otherwise');
ctl('clearance', 'key', '-o', $key, '--rotate', '--keep', 1);
is(length get($key), 32, '--keep 1');

put($key, 'x' x 33);
$r = ctl('clearance', 'key', '-o', $key, '--rotate');
is($r->{status}, 3, 'a file that gates would not take');
like($r->{err}, qr/has 33 bytes, expected 32 for each key/, 'is told');
is(get($key), 'x' x 33, 'and left alone');
is(ctl('clearance', 'key', '-o', "$home/none", '--rotate')->{status}, 3, 'nothing to rotate');
is(ctl('clearance', 'key', '-o', "$home/no/folder")->{status}, 3, 'no such folder');

usage_error(qr/--keep goes with --rotate/, 'clearance', 'key', '-o', $key, '--keep', 2);
usage_error(qr/expected a number from 1 to 16/, 'clearance', 'key', '-o', $key, '--rotate', '--keep', 0);
usage_error(qr/expected a number from 1 to 16/, 'clearance', 'key', '-o', $key, '--rotate', '--keep', 17);
usage_error(qr/leaves the file's group/, 'clearance', 'key', '-o', $key, '--rotate', '--group', 'root');
usage_error(qr/no such group/, 'clearance', 'key', '-o', "$home/k", '--group', 'nobody-has-this');

# ---- exemptions ------------------------------------------------------------------

unlink $key;
ctl('clearance', 'key', '-o', $key);
my @words = ('clearance', 'issue', '--key', $key, '--for', 'B-17', '--by', 'J. Doe');
my $text = qr{HPX1:[0-9A-Z \$%*+./:-]{149}\n};

$r = ctl(@words);
is_deeply([ @$r{qw(status err)} ], [ 0, '' ], 'clearance issue');
like($r->{out}, qr/\A$text\z/, 'one text in the alphabet of QR codes');
isnt(ctl(@words)->{out}, $r->{out}, 'another one each time');
unlike($r->{out}, qr/B-17|Doe/, 'names nobody');

my @lines = split /^/, ctl(@words, '--persons', 32)->{out};
is(@lines, 32, '--persons 32: one a line');
is(keys %{ { map { $_ => 1 } @lines } }, 32, 'all different');
is(grep(!/\A$text\z/, @lines), 0, 'and each whole');

$r = ctl(@words, '--qr', '--png', "$home/x.png");
like($r->{out}, qr/\A$text.*\xe2\x96\x80/s, '--qr');
is(substr(get("$home/x.png"), 0, 8), "\x89PNG\r\n\x1a\n", '--png');

is(ctl('check', '--trust', issuer('i')->{trust}, put('exempt', $r->{out} =~ s/\n.*//sr))->{status}, 1,
    'it is no pass');

is(ctl(@words, '--ttl', $_)->{status}, 0, "--ttl $_") for qw(1m 60s 24h 30d 720h);
usage_error(qr/--ttl: expected a time from 1m to 30d/, @words, '--ttl', $_) for qw(59s 0m 31d 2592001s 1w 1 h 1.5h -1h);
usage_error(qr/--for BOOKING and --by NAME/, 'clearance', 'issue', '--key', $key, '--for', 'B');
usage_error(qr/--for BOOKING and --by NAME/, 'clearance', 'issue', '--key', $key, '--by', 'B');
is(ctl('clearance', 'issue', '--key', $key, '--by', 'x', '--for', 'b' x 256)->{status}, 0, 'a booking of 256 bytes');
usage_error(qr/--for: expected at most 256/, 'clearance', 'issue', '--key', $key, '--by', 'x', '--for', 'b' x 257);
is(ctl(@words, '--scope', 's' x 64)->{status}, 0, 'a scope of 64 bytes');
usage_error(qr/--scope: expected a name/, @words, '--scope', 's' x 65);
usage_error(qr/--by: expected a name/, 'clearance', 'issue', '--key', $key, '--for', 'B', '--by', $_)
    for "x\ny", 'x' x 64, ' x';
usage_error(qr/expected a number from 1 to 32/, @words, '--persons', $_) for 0, 33;
usage_error(qr/--png is for one person/, @words, '--persons', 2, '--png', "$home/y.png");
usage_error(qr/unknown option --reason/, @words, '--reason', 'asthma');
$r = ctl('clearance', 'issue', '--key', "$home/none", '--for', 'B', '--by', 'x');
is_deeply([ @$r{qw(status out)} ], [ 3, '' ], 'without a key');
chmod 0644, $key;
$r = ctl(@words);
is_deeply([ @$r{qw(status out)} ], [ 3, '' ], 'a key that strangers read');

done_testing;
