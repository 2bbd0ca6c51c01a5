# healthpassctl init: the first policy; nothing is overwritten.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;

my $dir = folder() . '/healthpass';
umask 077;
my $r = ctl('init', '--dir', $dir);
is($r->{status}, 0, 'init');
is($r->{err}, '', 'nothing to complain of');
like($r->{out}, qr{^made \Q$dir/$_\E \(}m, "says that it made $_")
    for qw(policy.conf trust.d identity.key deny.list);
like($r->{out}, qr/^Next:/m, 'and what comes next');
is(mode($dir), '0755', 'the folder is open, whatever the umask');
is(mode("$dir/trust.d"), '0755', 'so is the trust folder');
is(mode("$dir/policy.conf"), '0644', 'and the policy');
is(length get("$dir/identity.key"), 32, 'the identity key has 32 bytes');

my @group = getgrnam 'www-data';
if ($> == 0 && @group) {
    is(mode("$dir/identity.key"), '0640', 'which the group may read');
    is((stat "$dir/identity.key")[5], $group[2], 'www-data');
    is_deeply([ mode("$dir/deny.list"), (stat "$dir/deny.list")[5] ], [ '0640', $group[2] ], 'so with the deny list');
} else {
    is(mode("$dir/identity.key"), '0600', 'which are for the owner alone');
    is(mode("$dir/deny.list"), '0600', 'so is the deny list');
}
is(ctl('revoke', 'list', '--deny-list', "$dir/deny.list")->{out}, '', 'which is empty');

# The policy works as it is written, and as its comments say that it could be.
my $issuer = issuer('i');
my $good = issue($issuer);
judged('an empty trust folder', 'trust-missing', 'fault', '--policy', "$dir/policy.conf", $good);
put("$dir/trust.d/issuer.pem", get($issuer->{cert}));
my $first = judged('with a key', 'ok', undef, '--policy', "$dir/policy.conf", $good);
like($first->{pass_id}, qr/^[0-9a-f]{32}\z/, 'the identity key gives a pass id');
is(judged('again', 'ok', undef, '--policy', "$dir/policy.conf", $good)->{pass_id},
   $first->{pass_id}, 'the same one each time');
judged('a test must be negative', 'rule-failed', 'rules', '--policy', "$dir/policy.conf",
       issue($issuer, '--preset', 'test-positive'));
(my $all = get("$dir/policy.conf")) =~ s/^#(?=\w+ = )//mg;
judged('all keys that the comments name', 'ok', undef, '--policy',
       put("$dir/all.conf", $all), $good);

my %before = map { $_ => get("$dir/$_") } qw(policy.conf identity.key);
unlink "$dir/policy.conf";
put("$dir/policy.conf", 'mine');
$before{'policy.conf'} = 'mine';
$r = ctl('init', '--dir', $dir);
is($r->{status}, 0, 'a second time');
like($r->{out}, qr{^kept \Q$dir/$_\E: it is there already$}m, "keeps $_ and says so")
    for qw(policy.conf trust.d identity.key);
is(get("$dir/$_"), $before{$_}, "$_ is what it was") for sort keys %before;

# What is there, but of no use to a gate, is said to be so.
sub of_no_use {
    my ($what, $folder, $path, $words) = @_;
    my $r = ctl('init', '--dir', $folder);
    is($r->{status}, 3, "$what: exit 3");
    is($r->{err}, "healthpassctl init: $path: $words\n", 'and what is wrong');
    unlike($r->{out}, qr/kept \Q$path\E|^Next:/m, 'and not that it was kept');
    return $r;
}
for my $name (qw(policy.conf identity.key)) {
    unlink "$dir/$name";
    symlink folder() . '/elsewhere', "$dir/$name";
    of_no_use("a link for $name", $dir, "$dir/$name", "is there and is not a regular file");
    ok(!-e folder() . '/elsewhere', 'and was not followed');
    unlink "$dir/$name";
    mkdir "$dir/$name";
    of_no_use("a folder for $name", $dir, "$dir/$name", "is there and is not a regular file");
    rmdir "$dir/$name";
    is(ctl('init', '--dir', $dir)->{status}, 0, 'without it init makes it');
}
my $third = folder() . '/third';
mkdir $third;
put("$third/trust.d", '');
of_no_use('a file for trust.d', $third, "$third/trust.d", "is there and is no folder");
unlink "$third/trust.d";
symlink '/nonexistent/folder', "$third/trust.d";
of_no_use('a link to nowhere', $third, "$third/trust.d",
          "is a link that leads nowhere, expected a folder");
unlink "$third/trust.d";
symlink "$dir/trust.d", "$third/trust.d";
is(ctl('init', '--dir', $third)->{status}, 0, 'a link to a folder will do');
$r = of_no_use('a file for --dir', "$dir/policy.conf", "$dir/policy.conf",
               "is there and is no folder");
is($r->{out}, '', 'and nothing else');

my $other = folder() . '/other';
$r = ctl('init', '--dir', $other);
isnt(get("$other/identity.key"), $before{'identity.key'}, 'each place has its own key');

$r = ctl('init', '--dir', folder() . '/no/such');
is($r->{status}, 3, 'a folder that cannot be made: exit 3');
like($r->{err}, qr{/no/such: No such file or directory}, 'and why');
usage_error(qr/without quotes/, 'init', '--dir', folder() . '/a"b');

done_testing();
