# ledger top and revoke add --pass-id: who is passed around, what logs call the pass, and that one
# command blocks it, whatever pass_id_scope shows and however the identity key was rotated.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Ctl;
use Digest::SHA 'hmac_sha256_hex';
use IO::Socket::INET;
use JSON::PP;
use Redis;
use Test::More;

plan skip_all => 'redis-server is not installed' unless Redis::installed();

my $home = folder();
my $issuer = issuer('issuer');
my $redis = Redis->new;
my $place = "unix:$redis->{socket}";
my %key = (old => 'o' x 32, new => 'n' x 32);
my $deny = put('deny.list', "healthpass deny list 1\n");
my %pass = map { $_ => issue($issuer, '--preset', $_) } qw(adult-full child recovered);

sub key_file {
    my ($name, @keys) = @_;
    my $path = put("$name.key", join '', @key{@keys});
    chmod 0600, $path;
    return $path;
}

sub policy {
    my ($name, %key) = @_;
    my %all = (trust => $issuer->{trust}, rules => 'authentic-only', deny_list => $deny, ledger => $place, %key);
    return put("$name.conf", join '', map { "$_ = \"$all{$_}\";\n" } grep { defined $all{$_} } sort keys %all);
}

my $old = policy('old', identity_key => key_file('old', 'old'));
my $rotated = policy('rotated', identity_key => key_file('rotated', 'new', 'old'));

# The ledger id of a pass under the newest key of a policy.
sub ledger_id {
    my ($policy, $pass) = @_;
    my $list = "$home/scratch.list";
    unlink $list;
    my $r = ctl('revoke', 'add', '--policy', $policy, '--deny-list', $list, '--pass', $pass);
    die $r->{err} if $r->{status};
    return (get($list) =~ /^L ([0-9a-f]{32})/m)[0];
}

sub pass_id { my ($policy, $pass) = @_; return (check('--policy', $policy, $pass))[1]{pass_id} }
sub reason  { my ($policy, $pass) = @_; return (check('--policy', $policy, $pass))[1]{reason} }
sub today   { return int(time / 86400) }

# By the formula: HMAC of the scope, the day and the ledger id.
sub shown { my ($key, $scope, $day, $id) = @_; return substr hmac_sha256_hex("shown\0$scope" . pack('Q>', $day) . pack('H*', $id), $key), 0, 32 }

# A row as the script of the ledger writes it: so many different ones, of whom some have a place.
sub row {
    my ($id, $count, $places) = @_;
    my $until = time + 3600;
    $redis->set("healthpass:use:$id", pack('V', 0) . join '', map { pack('a8VvCC', pack('Q', $_), $until, 0, $_ <= $places ? 1 : 0, 1) } 1 .. $count);
}

sub top {
    my ($policy, @words) = @_;
    my $r = ctl('ledger', 'top', '--policy', $policy, '--json', @words);
    is_deeply([ @$r{qw(status err)} ], [ 0, '' ], "ledger top @words") or return {};
    return decode_json($r->{out});
}

sub clear { put('deny.list', "healthpass deny list 1\n") }

sub add { my ($policy, $id, @words) = @_; return ctl('revoke', 'add', '--policy', $policy, '--pass-id', $id, @words) }

sub missing {
    my ($what, $status, $words, @args) = @_;
    my $before = get($deny);
    my $r = add(@args);
    is_deeply([ $r->{status}, $r->{out} ], [ $status, '' ], "$what: exit $status");
    like($r->{err}, $words, "$what: why");
    is(get($deny), $before, "$what: nothing is blocked");
}

# ---- what is shown ---------------------------------------------------------------------

is_deeply(top($old)->{top}, [], 'nobody was shown');
my %id = map { $_ => ledger_id($old, $pass{$_}) } keys %pass;
row($id{child}, 2, 2);
row($id{'adult-full'}, 7, 3);
row($id{recovered}, 1, 1);
my $all = top($old);
is_deeply([ map { [ @$_{qw(count places pass_ids)} ] } @{ $all->{top} } ],
    [ map { [ @$_[0, 1], [ pass_id($old, $pass{ $$_[2] }) ] ] } [ 7, 3, 'adult-full' ], [ 2, 2, 'child' ], [ 1, 1, 'recovered' ] ],
    'the most shared first, each by the id that logs have');
is_deeply([ @$all{qw(ledger passes)} ], [ $place, 3 ], 'of which ledger');
like($all->{top}[0]{ends}, qr/^20..-..-..T..:..:..Z$/, 'until when');
is(scalar @{ top($old, '-n', 1)->{top} }, 1, 'as many as were asked for');
my $r = ctl('ledger', 'top', '--policy', $old);
my $id = pass_id($old, $pass{'adult-full'});
like($r->{out}, qr/\A    7  shown for, 3 with a place, until \S+Z  pass=$id\n/, 'for people');
like($r->{out}, qr/\n\Q$place\E: 3 passes\n\z/, '... and how many there are');
unlike($r->{out}, qr/URN|HC1|XA|\Q$id{child}\E/, '... nothing of a pass, and no ledger id');
is($id, shown($key{old}, 'day', today(), $id{'adult-full'}), 'the id is that of the formula');

# ---- blocked by what a log says -----------------------------------------------------------

$r = add($old, $id, '--reason', 'circulating');
is($r->{status}, 0, 'one command') or diag $r->{err};
like($r->{out}, qr/^found: pass=$id of \d{4}-\d\d-\d\d, shown for 7\nblocked for ever: 1 key, in \Q$deny\E\n\z/, '... says which pass it was');
is_deeply([ map { reason($old, $pass{$_}) } qw(adult-full child) ], [qw(denied-here ok)], '... and that pass alone is refused');
like(get($deny), qr/\A.*\nL $id{'adult-full'} added=\S+ reason="circulating"\n\z/, '... by its ledger id');
clear();
is(add($old, uc substr pass_id($old, $pass{child}), 0, 8)->{status}, 0, 'eight digits are enough, as PAM logs them');
is(reason($old, $pass{child}), 'denied-here', '... for that pass');
clear();
missing('too few digits', 2, qr/--pass-id: expected 8 to 32 hexadecimal digits/, $old, $_) for substr($id, 0, 7), "${id}0", 'HC1:NCF0';
missing('another id', 1, qr/none of the 3 passes in the ledger \Q$place\E was called so in the last 31 days: nothing is blocked\. .*--pass/, $old, '0' x 32);
for my $back (0, 1, 30) {
    is(add($old, shown($key{old}, 'day', today() - $back, $id{child}))->{status}, 0, "a log line of $back days ago");
    is(reason($old, $pass{child}), 'denied-here', '... is of this pass');
    clear();
}
missing('a line too old', 1, qr/none of the 3 passes/, $old, shown($key{old}, 'day', today() - 31, $id{child}));
is(add($old, shown($key{old}, 'day', today() - 31, $id{child}), '--days', 32)->{status}, 0, '... unless more days are looked at');
clear();
for my $scope ('site', 'event:opening') {
    my $policy = policy('scope', identity_key => "$home/old.key", pass_id_scope => $scope);
    is(add($policy, pass_id($policy, $pass{child}))->{status}, 0, "an id of the scope $scope");
    is(reason($old, $pass{child}), 'denied-here', '... is of this pass');
    clear();
    missing("... and one of a day is not", 1, qr/was called so: nothing/, $policy, pass_id($old, $pass{child}));
}

# Two passes that are called alike in eight digits.
my (%seen, @alike);
for (my $n = 0; !@alike; $n++) {
    my $ledger = sprintf '%032x', $n;
    my $eight = substr shown($key{old}, 'day', today(), $ledger), 0, 8;
    @alike = ($seen{$eight}, $ledger, $eight) if exists $seen{$eight};
    $seen{$eight} = $ledger;
}
row($_, 1, 1) for @alike[0, 1];
missing('what two passes are called', 1, qr/several passes in the ledger were called so: nothing is blocked, expected more digits/, $old, $alike[2], '--days', 1);
is(add($old, shown($key{old}, 'day', today(), $alike[1]))->{status}, 0, '... all digits tell them apart');
like(get($deny), qr/\nL $alike[1] /, '... this one');
clear();
$redis->cli('del', map { "healthpass:use:$_" } @alike[0, 1]);

# ---- another key ----------------------------------------------------------------------------

my $ring = top($rotated);
is_deeply($ring->{top}[0]{pass_ids}, [ map { shown($key{$_}, 'day', today(), $id{'adult-full'}) } 'new', 'old' ], 'of a ring one id for each key');
like(ctl('ledger', 'top', '--policy', $rotated)->{out}, qr/\n {52} or pass=$id, by key 2 of the ring\n/, '... for people too');
is(add($rotated, $id)->{status}, 0, 'a log line of before the rotation');
is_deeply([ map { reason($_, $pass{'adult-full'}) } $old, $rotated ], [ ('denied-here') x 2 ], '... blocks for gates with the old key and with both');
clear();
row(ledger_id($rotated, $pass{child}), 4, 3);
is(add($rotated, pass_id($rotated, $pass{child}))->{status}, 0, 'a log line of after it');
is_deeply([ map { reason($_, $pass{child}) } $old, $rotated ], [qw(ok denied-here)], '... blocks for gates with the new key');
clear();
is(add($old, $id)->{status}, 0, 'a block made before the rotation');
is(reason($rotated, $pass{'adult-full'}), 'denied-here', '... holds after it');
clear();

# ---- other ledgers ----------------------------------------------------------------------------

my $memory = policy('memory', identity_key => "$home/old.key", ledger => undef);
$r = ctl('ledger', 'top', '--policy', $memory);
is_deeply([ @$r{qw(status out)} ], [ 3, '' ], 'the memory of nginx');
like($r->{err}, qr/memory\.conf: the ledger is nginx's memory, which only nginx can show: expected --from http:.*healthpass_status top/, '... is shown by nginx alone');
missing('a block by it', 3, qr/only nginx can show: expected --from/, $memory, $id);

# What nginx gives to who asks.
sub serve {
    my ($answer) = @_;
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
    if (!fork) {
        my $client = $socket->accept;
        while (<$client>) { last if /^\r\n/ }
        print $client $answer;
        close $client;
        require POSIX;
        POSIX::_exit(0);
    }
    return 'http://127.0.0.1:' . $socket->sockport . '/top';
}

sub of_nginx {
    my ($json, $head) = @_;
    return ($head // "HTTP/1.0 200 OK\r\n") . "Content-Type: application/json\r\n\r\n" . $json;
}

my $shown = encode_json({ ledger => [ map { { id => $id{$_}, count => 5, places => 3, ends_in => 60 } } 'child', 'adult-full' ] });
is_deeply([ sort map { $_->{pass_ids}[0] } @{ top($memory, '--from', serve(of_nginx($shown)))->{top} } ],
    [ sort map { pass_id($old, $pass{$_}) } 'child', 'adult-full' ], 'what nginx shows');
is(add($memory, $id, '--from', serve(of_nginx($shown)))->{status}, 0, '... is enough to block');
is(reason($old, $pass{'adult-full'}), 'denied-here', '... that pass');
clear();
missing('a pass that is not shown', 1, qr/nothing is blocked\. /, $memory, '0' x 32, '--from', serve(of_nginx($shown)));
for ([ 'no JSON', of_nginx('<html>'), qr/top: / ], [ 'another JSON', of_nginx('{"policies":[]}'), qr/expected \{"ledger":/ ],
        [ 'no page', of_nginx('', "HTTP/1.0 404 Not Found\r\n"), qr/404/ ], [ 'half a row', of_nginx('{"ledger":[{"id":"00"}]}'), qr/ledger, number 1: expected id/ ]) {
    my ($what, $answer, $words) = @$_;
    missing($what, 3, $words, $memory, $id, '--from', serve($answer));
}
usage_error(qr/--from: expected an https/, qw(ledger top --policy x --from ftp://x/));
usage_error(qr/--from: expected an https/, qw(revoke add --pass-id 0011223344 --from http://example.org/top));
usage_error(qr/--from, --door and --days go with --pass-id/, qw(revoke add --hash), '0' x 32, '--days', 3);
usage_error(qr/expected one of --pass FILE/, qw(revoke add --pass-id 0011223344 --uci x));

my $file = policy('file', identity_key => "$home/old.key", ledger => "file:$home/no/ledger");
is_deeply([ @{ top($file) }{qw(ledger passes)} ], [ "file:$home/no/ledger", 0 ], 'a file that is not there yet has no rows');
my $doors = put('doors.conf', get($memory) . "pam = { ledger = \"$place\"; };\n");
is(top($doors, '--door', 'pam')->{passes}, 4, 'the ledger of one door');
is(add($doors, $id, '--door', 'pam')->{status}, 0, '... and a block by it');
my $nameless = policy('nameless');
like(ctl('ledger', 'top', '--policy', $nameless)->{err}, qr/names no identity_key, without which no pass is counted/, 'without a key there is none');

my $fleet = policy('fleet', identity_key => "$home/old.key", deny_list => $place, deny_copy => "$home/fleet/copy");
is(ctl('revoke', 'share', '--policy', $fleet, '--from', 'nothing')->{status}, 0, 'a list that a fleet shares');
is(add($fleet, $id)->{status}, 0, 'a block in a list that a fleet shares');
like($redis->cli('get', 'healthpass:deny'), qr/^L $id{'adult-full'} /m, '... is there');
$redis->kill_it;
missing('without Redis', 3, qr/redis\.sock/, $old, $id);
$r = ctl('ledger', 'top', '--policy', $old);
is_deeply([ @$r{qw(status out)} ], [ 3, '' ], '... nothing is shown');

done_testing();
