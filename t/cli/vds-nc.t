# VDS-NC passes of our own making: every preset on every curve, what their signer's certificate says,
# a policy with its rules, its deny list and its list of authorities.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use JSON::PP;
use Test::More;

my $home = folder();
for my $alg (qw(ES256 ES384 ES512)) {
    my $r = ctl('keygen', '-o', "$home/$alg", '--alg', $alg, '--country', 'AU', '--vds-nc');
    is($r->{status}, 0, "$alg: a signer and its authority") or diag($r->{err});
    like($r->{err}, qr{made \Q$home/$alg\E/csca-issuer\.pem}, 'told');
}

my $passes = 0;
sub vds {
    my ($alg, @options) = @_;
    my $file = "$home/vds" . ++$passes;
    my $r = ctl('issue', '--format', 'vds-nc', '--key', "$home/$alg/issuer.key", '--cert', "$home/$alg/issuer.pem",
                '--iss', 'AUS', '-o', $file, @options);
    is($r->{status}, 0, "issued: @options") or diag($r->{err});
    return $file;
}

# ---- what is made ---------------------------------------------------------------

for my $alg (qw(ES256 ES384 ES512)) {
    my @trust = ('--trust', "$home/$alg/csca-issuer.pem");
    my $answer = judged("$alg: the whole way", 'ok', undef, @trust, vds($alg, '--preset', 'adult-full'));
    is_deeply([ @$answer{qw(format kind issuer)} ], [ 'vds-nc', 'v', 'AU' ], "$alg: what it says");
    judged("$alg: a forgery", 'signature', 'signature', @trust, vds($alg, '--preset', 'adult-test', '--forge'));
}
my $pass = vds('ES256', '--preset', 'adult-full');
judged('an authority of the same name', 'signer-chain', 'issuer', '--trust', "$home/ES384/csca-issuer.pem", $pass);
my $json = get($pass);
like($json, qr/^\{"data":\{"hdr":\{"is":"AUS","t":"icao\.vacc","v":1\},"msg":\{.*"sigvl":"[\w-]{86}"\}\}\n\z/, 'JSON, canonical');
my ($status, $answer) = check('--trust', "$home/ES256/csca-issuer.pem", '--show-holder', $pass);
is_deeply([ @{ $answer->{holder} }{qw(family given)} ], [qw(TEST ALEX)], 'the holder');

ctl('issue', '--format', 'vds-nc', '--key', "$home/ES256/issuer.key", '--cert', "$home/ES256/issuer.pem", '--iss', 'NZL',
    '--preset', 'adult-full', '-o', "$home/other");
judged('of another state than its certificate', 'signer-domain', 'signer', '--trust', "$home/ES256/csca-issuer.pem", "$home/other");

put('data.json', '{"hdr":{"t":"icao.vacc","v":1,"is":"AUS"},"msg":{"pid":{"n":"A B","i":"X1"},"uvci":"1","ve":[{"des":"XM68M6","nam":"N",'
    . '"vd":[{"dvc":"2026-09-01","seq":"3"}]}]}}');
($status, $answer) = check('--trust', "$home/ES256/csca-issuer.pem", '--show-holder', vds('ES256', '--payload', "$home/data.json"));
is_deeply([ $status, $answer->{holder}{family} ], [ 0, 'A B' ], 'data of your own');

my @with = ('--format', 'vds-nc', '--key', "$home/ES256/issuer.key");
my @cert = ('--cert', "$home/ES256/issuer.pem");
usage_error(qr/goes with --cert FILE and --iss/, 'issue', @with, '--iss', 'AUS', '--preset', 'child');
usage_error(qr/goes with --cert FILE and --iss/, 'issue', @with, @cert, '--preset', 'child');
usage_error(qr/three letters/, 'issue', @with, @cert, '--iss', 'AUST', '--preset', 'child');
usage_error(qr/such a pass has no end/, 'issue', @with, @cert, '--iss', 'AUS', '--preset', 'child', '--exp', '2030-01-01T00:00:00Z');
usage_error(qr/--vds-nc: expected no RSA key/, 'keygen', '-o', "$home/x", '--vds-nc', '--alg', 'PS256');
usage_error(qr/and no --usage/, 'keygen', '-o', "$home/x", '--vds-nc', '--usage', 'v');
my $r = ctl('issue', @with, @cert, '--iss', 'AUS', '--preset', 'empty');
is($r->{status}, 3, 'nothing to say: no pass');

# ---- a policy --------------------------------------------------------------------

my $store = "$home/csca.store";
$r = ctl('trust', 'import', '--from', 'csca', "$home/ES256/csca-issuer.pem", '-o', $store);
is($r->{status}, 1, 'authorities are for the operator to compare');
like($r->{err}, qr/compare the SHA-256/, 'as it says');
$r = ctl('trust', 'import', '--from', 'csca', '--unsigned', 'csca', "$home/ES256/csca-issuer.pem", '-o', $store);
is($r->{status}, 0, 'taken in') or diag($r->{err});
ctl(qw(init --dir), $home);
put('minimal.conf', qq(trust = "$store";\nformats = [ "vds-nc" ];\nrules = "minimal";\nidentity_key = "$home/identity.key";\n)
    . qq(deny_list = "$home/deny.list";\n));
my @policy = ('--policy', "$home/minimal.conf");
judged('vaccinated', 'ok', undef, @policy, $pass);
judged('tested', 'ok', undef, @policy, vds('ES256', '--preset', 'adult-test'));
judged('infected', 'rule-failed', 'rules', @policy, vds('ES256', '--preset', 'test-positive'));
judged('no key but authorities, and a pass of another kind', 'kind-off', 'format', @policy, put('other', 'HC1:NCF'));
$r = ctl('revoke', 'add', @policy, '--pass', $pass, '--until', '2099-01-01T00:00:00Z');
is($r->{status}, 0, 'blocked here') or diag($r->{err});
judged('blocked', 'denied-here', 'revocation', @policy, $pass);
put('again.json', JSON::PP->new->pretty->encode(decode_json($json)));
judged('blocked in other words', 'denied-here', 'revocation', @policy, "$home/again.json");
judged('another of the same person', 'ok', undef, @policy, vds('ES256', '--preset', 'adult-full'));

# ---- a trust folder ----------------------------------------------------------------

mkdir "$home/authorities" or die;
put("authorities/csca-au.pem", get("$home/ES256/csca-issuer.pem"));
put("authorities/csca-AU2.pem", get("$home/ES512/csca-issuer.pem")); # of the same name
put("authorities/readme.txt", 'x');
put('folder.conf', qq(trust = "$home/authorities";\nformats = [ "vds-nc" ];\nrules = "minimal";\n));
my @folder = ('--policy', "$home/folder.conf");
judged('by a folder of authorities', 'ok', undef, @folder, $_) for vds('ES256', '--preset', 'adult-full'), vds('ES512', '--preset', 'adult-full');
judged('of none of them', 'signer-chain', 'issuer', @folder, vds('ES384', '--preset', 'adult-full'));
put("authorities/au.crl.der", 'x');
$r = ctl('check', @folder, $pass);
is($r->{status}, 3, 'a damaged CRL');
like($r->{err}, qr{authorities/au\.crl\.der: is no CRL \(DER\) of its authority}, 'makes the folder wrong');
unlink "$home/authorities/au.crl.der";
put("authorities/csca-au.pem", get("$home/ES256/issuer.pem"));
$r = ctl('check', @folder, $pass);
like($r->{err}, qr{csca-au\.pem: holds no certificate of an authority}, 'as a signer among them does');

# ---- mutations ---------------------------------------------------------------------

# One bit of each byte, or all of them; and every beginning.  What still passes is the same pass.
my @trust = ('--policy', "$home/mutated.conf");
put('mutated.conf', qq(trust = "$store";\nformats = [ "vds-nc" ];\nrules = "minimal";\nidentity_key = "$home/identity.key";\npass_id_scope = "site";\n));
chomp($json = get(vds('ES256', '--preset', 'adult-full')));
my $own = (check(@trust, put('own', $json)))[1]{pass_id};
my @lines = map { substr $json, 0, $_ } 1 .. length($json) - 1;
for my $at (0 .. length($json) - 1) {
    for my $bit ($ENV{HEALTHPASS_LONG} ? 0 .. 7 : $at % 8) {
        my $line = $json;
        substr($line, $at, 1) ^= chr(1 << $bit);
        push @lines, $line unless $line =~ /\n/;
    }
}
$r = ctl(\join("\n", @lines, ''), 'check', @trust, '--json');
my @answers = map { JSON::PP->new->utf8->decode($_) } split /\n/, $r->{out};
is(scalar @answers, scalar @lines, 'each is answered: ' . @lines);
is(scalar(grep { $_->{reason} eq 'fault' } @answers), 0, 'none is a fault of ours');
my @accepted = grep { $_->{accept} } @answers;
is(scalar(grep { $_->{pass_id} ne $own } @accepted), 0, 'accepted is the same pass only: ' . @accepted);
cmp_ok(scalar @accepted, '<', 20, 'and seldom');

# ---- rules of the house ------------------------------------------------------------

mkdir "$home/rules" or die;
$r = ctl(qw(rules new --country FR --vaccinated any --vaccine-list eu -o), "$home/rules");
is($r->{status}, 0, 'rules of the house') or diag($r->{err});
put('rules.conf', qq(trust = "$store";\nformats = [ "vds-nc" ];\nrules = "$home/rules";\ncountry = "FR";\n));
judged('a vaccine of the list by its name', 'ok', undef, '--policy', "$home/rules.conf", $pass = vds('ES256', '--preset', 'adult-full'));

done_testing();
