# healthpassctl: commands and options; everything that is not understood is an error.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;

my $r = ctl('--version');
is($r->{status}, 0, '--version');
like($r->{out}, qr/^healthpassctl \d+\.\d+\.\d+\n\z/, 'says it');

$r = ctl('--help');
is($r->{status}, 0, '--help');
like($r->{out}, qr/^  \Q$_\E /m, "names $_") for qw(check init keygen issue);

$r = ctl();
is($r->{status}, 2, 'no command is a usage error');
usage_error(qr/unknown command frobnicate/, 'frobnicate');

my $manual = get("$FindBin::Bin/../../common/cli/healthpassctl.1");
for my $command (qw(check init keygen issue)) {
    $r = ctl($command, '--help');
    is($r->{status}, 0, "$command --help");
    like($r->{out}, qr/^usage: healthpassctl $command /, 'begins with the usage');
    is($r->{err}, '', 'and complains of nothing');
    # Every option of the usage line is explained below it, and the other way round.
    my ($usage, $rest) = split /\n\n/, $r->{out}, 2;
    like($rest, qr/^  \Q$_\E /m, "$command explains $_") for $usage =~ /(?<![\w-])(--?[a-z][a-z-]*)/g;
    my ($page) = $manual =~ /^\.Ss $command\n(.*?)^\.S[sh] /ms;
    is_deeply([ $page =~ /(?:^\.It Fl |, Fl )(\S+)/mg ], [ map { s/^-//r } $rest =~ /^  (-\S+) /mg ],
              'the manual page has the same options');
    usage_error(qr/unknown option --frobnicate/, $command, '--frobnicate');
    usage_error(qr/unknown option -x/, $command, '-x');
}

usage_error(qr/--at is given twice/, 'check', '--at', '2021-07-01T12:00:00Z', '--at',
            '2021-07-01T12:00:00Z');
usage_error(qr/--json is given twice/, 'check', '--json', '--json');
usage_error(qr/--json takes no value/, 'check', '--json=yes');
usage_error(qr/--policy needs a value/, 'check', '--policy');
usage_error(qr/--policy needs a value/, 'check', '--policy=');
usage_error(qr/--policy needs a value/, 'check', '--policy', '');
usage_error(qr/either --policy or --trust/, 'check', '--policy', '/x', '--trust', '/y');
usage_error(qr/--door goes with a policy/, 'check', '--door', 'web', '--trust', '/y');
usage_error(qr/--door none: expected web \| pam/, 'check', '--door', 'none');
usage_error(qr/--door is given twice/, 'check', '--door', 'web', '--door', 'pam');
usage_error(qr/--trust is given more than 16 times/, 'check', ('--trust', '/y') x 17);
is(ctl('check', ('--trust', '/y') x 16)->{status}, 3, 'sixteen times is no usage error');
usage_error(qr/unknown option --tru\b/, 'check', '--tru', '/x');    # no abbreviations

for my $time ('now', '', '2021-07-01', '2021-07-01T12:00:00', '2021-07-01T12:00Z',
              '2021-07-01 12:00:00Z', '2021-07-01t12:00:00', '2021-02-30T12:00:00Z',
              '2021-07-01T24:00:00Z', '2021-07-01T12:00:00.Z', '2021-07-01T12:00:00Zx',
              '2021-07-01T12:00:00+0200', ' 2021-07-01T12:00:00Z', '1625140800',
              '1969-12-31T23:59:59Z', '2021-07-01T12:00:00.' . '0' x 64 . 'Z') {
    usage_error($time eq '' ? qr/needs a value/ : qr/expected RFC 3339/, 'check', '--at', $time);
}
usage_error(qr/--visit: expected a time that is not before --at/, 'check', '--at',
            '2021-07-01T12:00:00Z', '--visit', '2021-07-01T11:59:59Z');

usage_error(qr/unexpected FILE/, 'init', 'FILE');
usage_error(qr/there is no such group/, 'init', '--dir', folder() . '/x', '--group', 'no-group');
ok(!-e folder() . '/x', 'and nothing was made');

usage_error(qr/-o DIR is needed/, 'keygen');
my @keygen = ('keygen', '-o', folder() . '/k');
usage_error(qr/--country: expected two capital letters/, @keygen, '--country', $_)
    for 'X', 'ABC', 'xx', 'X1';
usage_error(qr/--name: expected/, @keygen, '--name', $_) for '../x', '.x', 'a b', 'x' x 65;
usage_error(qr/--usage: expected letters of vtr/, @keygen, '--usage', 'x');
usage_error(qr/--alg RS256: expected ES256 \| PS256/, @keygen, '--alg', 'RS256');
usage_error(qr/--bits goes with --alg PS256/, @keygen, '--bits', 2048);
usage_error(qr/--bits \Q$_\E: expected a number from 2048 to 8192/, @keygen, '--alg', 'PS256',
            '--bits', $_) for 2047, 8193, '2048x', '+2048', '0x800';
usage_error(qr/--days $_: expected a number/, @keygen, '--days', $_) for 0, -1, 36501;
usage_error(qr/either --days or --to/, @keygen, '--days', 1, '--to', '2099-01-01T00:00:00Z');
usage_error(qr/--to: expected a time after/, @keygen, '--to', '2001-01-01T00:00:00Z');
ok(!-e folder() . '/k', 'and nothing was made');

usage_error(qr/--key FILE is needed/, 'issue', '--cert', 'x', '--preset', 'child');
usage_error(qr/--cert FILE/, 'issue', '--key', 'x', '--preset', 'child');
my @issue = ('issue', '--key', 'x', '--cert', 'y');
usage_error(qr/either --preset NAME or --payload FILE/, @issue);
usage_error(qr/either --preset NAME or --payload FILE/, @issue, '--preset', 'child',
            '--payload', 'z');
usage_error(qr/--preset nobody: expected adult-full \| /, @issue, '--preset', 'nobody');
usage_error(qr/--tag 17: expected 18 \| none \| 61 \| 61\+18/, @issue, '--tag', 17);
usage_error(qr/--level 10: expected a number from 0 to 9/, @issue, '--level', 10);
usage_error(qr/--pad 0: expected/, @issue, '--pad', 0);
usage_error(qr/--kid-in nowhere: expected protected/, @issue, '--kid-in', 'nowhere');
my $issuer = issuer('i');
usage_error(qr/--kid: expected/, 'issue', '--key', $issuer->{key}, '--preset', 'child', '--kid',
            $_) for 'abc', 'xx', 'ab' x 65;

done_testing();
