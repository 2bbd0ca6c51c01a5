# The units that renew lists: systemd takes them as they are installed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;

my ($from) = "$FindBin::Bin/../../common/cli/systemd";
my $ctl = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
my %runs = (trust => 'trust update', 'trust-boot' => 'trust update', revoked => 'revoke update', deny => 'revoke follow',
    recheck => 'recheck');
my @units = map { my $unit = $_; grep { -e } map { "$from/healthpass-$unit.$_" } 'service', 'timer' } sort keys %runs;
is(scalar @units, 8, 'a timer for what ends, and none for what runs on or at boot');
for my $unit (sort keys %runs) {
    my ($command) = get("$from/healthpass-$unit.service") =~ m{^ExecStart=/usr/bin/healthpassctl (.*)$}m;
    is($command, $runs{$unit}, "what healthpass-$unit.service runs");
    is(system("'$ctl' $command --help >/dev/null"), 0, 'is a command');
}

my $boot = get("$from/healthpass-trust-boot.service");
like($boot, qr/^Before=.*\bgetty-pre\.target\b.*\bdisplay-manager\.service\b/m, 'at boot before terminals and greeters');
like($boot, qr/^$_=45s$/m, "... which wait no longer: $_") for qw(JobTimeoutSec TimeoutStartSec);
unlike($boot, qr/^(?:RequiredBy|OnFailure|FailureAction)=/m, '... and whose boot never depends on it');

SKIP: {
    skip 'needs systemd-analyze', 2 unless grep { -x "$_/systemd-analyze" } split /:/, $ENV{PATH};
    my $folder = folder() . '/units';
    mkdir $folder or die;
    for my $unit (@units) { # as an installation elsewhere has it: the program must be there
        (my $text = get($unit)) =~ s{/usr/bin/healthpassctl}{/bin/true};
        put("$folder/" . ($unit =~ m{([^/]+)$})[0], $text);
    }
    my $said = `systemd-analyze verify --man=no $folder/*.service $folder/*.timer 2>&1`;
    is($?, 0, 'systemd takes the units');
    is(join('', grep { m{healthpass|\Q$folder\E} } split /^/, $said), '', 'and has nothing to say about them');
}

done_testing();
