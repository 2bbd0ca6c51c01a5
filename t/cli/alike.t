# One set of rules of the house, and one person with a pass of every format: one answer.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use JSON::PP;
use POSIX 'strftime';
use Test::More;

my $home = folder();
ctl(qw(init --dir), $home);
sub day { return strftime($_[1] // '%F', gmtime(time - $_[0] * 86400)) }

# A signer a format, and what a gate trusts for it.
my $hc1 = issuer('hc1', '--country', 'FR');
my $iss = 'https://issuer.example';
ctl('keygen', '-o', "$home/card", '--shc', $iss);
ctl(qw(trust import --from vci --unsigned vci), "$home/card/issuer.shc.json", '-o', "$home/cards.store");
ctl('keygen', '-o', "$home/seal", '--2d-doc', 'FRX2TE01');
ctl('keygen', '-o', "$home/visa", '--vds-nc', '--country', 'AU');
mkdir "$home/$_" or die for qw(seals visas);
rename "$home/seal/FRX2TE01.pub.der", "$home/seals/FRX2TE01.pub.der" or die;
rename "$home/visa/csca-issuer.pem", "$home/visas/csca-issuer.pem" or die;
my %signed = (
    'hc1' => [ '--key', $hc1->{key}, '--cert', $hc1->{cert} ],
    'shc' => [ '--key', "$home/card/issuer.key", '--iss', $iss ],
    '2d-doc' => [ '--key', "$home/seal/issuer.key", '--kid', 'FRX2TE01' ],
    'vds-nc' => [ '--key', "$home/visa/issuer.key", '--cert', "$home/visa/issuer.pem", '--iss', 'AUS' ],
);
my @formats = sort keys %signed;

my $passes = 0;
sub issued {
    my ($format, @options) = @_;
    my $file = "$home/pass" . ++$passes;
    my $r = ctl('issue', '--format', $format, @{ $signed{$format} }, '-o', $file, @options);
    is($r->{status}, 0, "issue $format @options") or diag($r->{err});
    return $file;
}

# The house's rules, and the policy that goes by them.
sub policy {
    my ($name, @choices) = @_;
    my $r = ctl(qw(rules new --country FR), @choices, '-o', "$home/$name.json");
    is($r->{status}, 0, "rules @choices") or diag($r->{err});
    return put("$name.conf", qq(trust = [ "$hc1->{trust}", "$home/cards.store", "$home/seals", "$home/visas" ];\n)
        . qq(formats = [ "hc1", "shc", "2d-doc", "vds-nc" ];\nidentity_key = "$home/identity.key";\n)
        . qq(rules = "$home/$name.json";\ncountry = "FR";\n));
}

sub alike {
    my ($what, $policy, $want, @files) = @_;
    my %said = map { (check('--policy', $policy, $_))[1]{reason} => 1 } @files;
    is(join(' ', sort keys %said), $want, $what);
}

my $complete = policy('complete', qw(--vaccinated complete --dose-age 14d..270d --vaccine-list eu --pcr 72h --recovered 11d..180d));
my $booster = policy('booster', qw(--vaccinated booster));
for my $case ([ 'adult-full', 'ok' ], [ 'adult-test', 'ok' ], [ 'child', 'ok' ], [ 'test-old', 'rule-failed' ],
              [ 'test-positive', 'rule-failed' ]) {
    my ($preset, $want) = @$case;
    alike("$preset: $want", $complete, $want, map { issued($_, '--preset', $preset) } @formats);
}

# ---- one dose of two, two, and a third ------------------------------------------------------

sub card_of {
    my @days = @_;
    my $n = 0;
    return { resourceType => 'Bundle', type => 'collection', entry => [
        { fullUrl => 'resource:0', resource => { resourceType => 'Patient', birthDate => '1984-01-02',
          name => [ { family => 'Test', given => [ 'Alex' ] } ] } },
        map { { fullUrl => 'resource:' . ++$n, resource => { resourceType => 'Immunization', status => 'completed',
          vaccineCode => { coding => [ { system => 'http://hl7.org/fhir/sid/cvx', code => '208' } ] },
          patient => { reference => 'resource:0' }, occurrenceDateTime => day($_) } } } @days ] };
}

sub visa_of {
    my @days = @_;
    my $n = 0;
    return { hdr => { is => 'AUS', t => 'icao.vacc', v => 1 }, msg => { uvci => 'U' . ++$passes, pid => { n => 'TEST ALEX', dob => '1984-01-02' }, ve => [ { des => 'XM68M6', nam => 'COMIRNATY',
        dis => 'RA01.0', vd => [ map { { dvc => day($_), seq => ++$n, ctr => 'AUS', adm => 'A', lot => 'L' } } @days ] } ] } };
}

sub dcc_of {
    my @days = @_;
    return { ver => '1.3.0', nam => { fn => 'Test', fnt => 'TEST', gn => 'Alex', gnt => 'ALEX' }, dob => '1984-01-02',
        v => [ { tg => '840539006', vp => '1119349007', mp => 'EU/1/20/1528', ma => 'ORG-100030215', dn => scalar @days,
        sd => @days > 2 ? 3 : 2, dt => day($days[-1]), co => 'FR', is => 'X', ci => 'URN:UVCI:01:FR:' . ++$passes } ] };
}

sub seal_of {
    my @days = @_;
    return { type => 'L1', L0 => 'TEST', L1 => 'ALEX', L2 => '02011984', L3 => 'COVID-19', L4 => 'J07BX03', L5 => 'COMIRNATY',
        L6 => 'PFIZER', L7 => '' . @days, L8 => @days > 2 ? '3' : '2', L9 => day($days[-1], '%d%m%Y'), LA => @days > 1 ? 'TE' : 'CO' };
}

my %made = ('hc1' => \&dcc_of, 'shc' => \&card_of, '2d-doc' => \&seal_of, 'vds-nc' => \&visa_of);
sub shot {
    my @days = @_;
    return map { issued($_, '--payload', put('payload' . ++$passes, JSON::PP->new->encode($made{$_}->(@days)))) } @formats;
}

for my $case ([ [ 60 ], 'rule-failed', 'rule-failed' ], [ [ 90, 60 ], 'ok', 'rule-failed' ], [ [ 300, 270, 30 ], 'ok', 'ok' ],
              [ [ 90, 10 ], 'rule-failed', 'rule-failed' ], [ [ 400, 300 ], 'rule-failed', 'rule-failed' ]) {
    my ($days, $is_complete, $is_boosted) = @$case;
    my @shown = shot(@$days);
    alike("doses @$days days ago: complete and of this age: $is_complete", $complete, $is_complete, @shown);
    alike("doses @$days days ago: boosted: $is_boosted", $booster, $is_boosted, @shown);
}
done_testing();
