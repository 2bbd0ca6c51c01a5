# healthpass_check show=name,dob: what staff sees of a pass that is accepted, and nobody else of any.
use strict;
use warnings;
use utf8;
use lib 't/web/lib';
use Encode qw(encode_utf8);
use HP;
use JSON::PP ();
use MIME::Base64 'encode_base64';
use Test::More;

my $dir = hp_dir();
my $count = 0;

# A pass of a made-up person.
sub pass_of {
    my ($name, $dob, @options) = @_;
    $count++;
    hp_write("$dir/person.json", encode_utf8(qq({"ver":"1.3.0","nam":{$name},"dob":"$dob","v":[{"tg":"840539006","vp":"1119349007",)
        . qq("mp":"EU/1/20/1528","ma":"ORG-100030215","dn":2,"sd":2,"dt":"2026-06-01","co":"AT","is":"Test","ci":"URN:UVCI:01:AT:$count"}]})));
    chomp(my $text = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
        '--payload', "$dir/person.json", @options));
    return $text;
}

my $names = '"fn":"Prüfling-Muñoz","fnt":"PRUEFLING<MUNOZ","gn":"Erna \"L\"","gnt":"ERNA<L"';
my $erna = pass_of($names, '1971-02-03');
open my $users, '>', "$dir/users" or die $!;
print $users "door:{PLAIN}secret\n";
close $users;
chmod 0644, "$dir/users";

my $nginx = HP::Server->new(
    worker_user => 'www-data',
    http => "healthpass_policy $dir/policy.conf; healthpass_zone uses 1m;",
    server => <<"_EOC_",
        client_body_buffer_size 64k;
        auth_basic staff;
        auth_basic_user_file $dir/users;
        location = /both { healthpass_check show=name,dob; }
        location = /name { healthpass_check show=name; }
        location = /dob { healthpass_check show=dob; }
        location = /counted { healthpass_check show=dob; healthpass_reuse limit=1 window=1h action=refuse by=\$http_x_by; }
        location = /badge { auth_basic off; healthpass_check show=dob; }
        location = /plain { healthpass_check; }
        location /asking { auth_request /both; proxy_pass http://venue; }
        location /first/ { healthpass_verify on; try_files /nothing /both; }
_EOC_
)->start;

my $login = 'Authorization: Basic ' . encode_base64('door:secret', '');

sub ask {
    my ($path, $text, @lines) = @_;
    return $nginx->get($path, headers => [ $text ? "X-Health-Pass: $text" : (), @lines ]);
}

sub shown {
    my ($path, $text, @lines) = @_;
    my ($status, $head, $body) = ask($path, $text, $login, @lines);
    return $status == 200 ? JSON::PP->new->utf8->decode($body) : $status;
}

my ($status, $head, $body) = ask('/both', $erna, $login);
is($status, 200, 'an accepted pass');
like($head, qr/^Content-Type: application\/json\r?$/m, 'as JSON');
like($head, qr/^Cache-Control: no-store\r?$/m, 'that no cache keeps');
is_deeply(shown('/both', $erna), { accept => JSON::PP::true, name => 'Erna "L" Prüfling-Muñoz', dob => '1971-02-03' }, 'name and birth date');
is_deeply(shown('/name', $erna), { accept => JSON::PP::true, name => 'Erna "L" Prüfling-Muñoz' }, 'the name alone');
is_deeply(shown('/dob', $erna), { accept => JSON::PP::true, dob => '1971-02-03' }, 'the birth date alone');
is_deeply(shown('/both', pass_of('"fn":"Beispiel","fnt":"BEISPIEL"', '1971')), { accept => JSON::PP::true, name => 'Beispiel', dob => '1971' }, 'as far as the pass says it');
is_deeply(shown('/dob', pass_of('"fn":"B","fnt":"B"', '')), { accept => JSON::PP::true, dob => undef }, 'null where it does not');
is_deeply(shown('/counted', $erna, 'X-By: a'), { accept => JSON::PP::true, dob => '1971-02-03' }, 'counted by the ledger');
is(shown('/counted', $erna, 'X-By: b'), 403, '... and refused by it');

for (['expired', pass_of($names, '1971-02-03', '--exp', '2026-07-01T00:00:00Z')], ['forged', pass_of($names, '1971-02-03', '--forge')]) {
    my ($status, $head, $body) = ask('/both', $$_[1], $login);
    is($status, 403, "$$_[0]: refused");
    unlike($body, qr/Erna|1971-02/, '... and nothing shown');
}
is((ask('/both', '', $login))[0], 401, 'no pass: 401');
is((ask('/both', $erna))[0], 401, 'without a login: 401');
is((ask('/plain', $erna, $login))[0], 204, 'without show= there is no body');
is((ask('/asking', $erna, $login))[0], 403, 'a subrequest is shown nothing, and refused');
is((ask('/first/x', $erna, $login))[0], 200, 'behind a gate and a redirect');
is(($nginx->get('/both', method => 'HEAD', headers => [ "X-Health-Pass: $erna", $login ]))[2], '', 'HEAD has no body');

is((ask('/badge', $erna, 'Authorization: Basic ' . encode_base64("x\nforged $_:", '')))[0], 200, 'behind another login') for 'line', 'y' x 3000;
my $log = $nginx->error_log;
like($log, qr/\[notice\] .*healthpass: holder shown, user=door, pass=[0-9a-f]{32}, reference=[0-9a-f]{8}/, 'the log says who asked');
like($log, qr/holder shown, user=x\?forged line, pass=/, '... in one line');
like($log, qr/holder shown, user=x\?forged y+, pass=[0-9a-f]{32}, reference=[0-9a-f]{8}/, '... that a long name does not cut');
is($nginx->count(qr/holder shown/), 11, 'each time, and only then');
unlike($log . $nginx->access_log, qr/Erna|Muñoz|1971-02/, 'and never what was shown');
$nginx->stop;

sub refused {
    my ($more, $why) = @_;
    my ($text, $status) = HP::Server->new(http => "healthpass_policy $dir/policy.conf; client_body_buffer_size 64k;",
        server => "location / { healthpass_check show=name; $more }")->check;
    is($status, 1, "$more: refused");
    like($text, qr/"healthpass_check" with "show=" $why/, '... because');
}
open my $key, '>', "$dir/c.key" or die $!;
print $key 'c' x 32;
close $key;
chmod 0600, "$dir/c.key";
refused("healthpass_clearance cookie=hp key=$dir/c.key ttl=1h;", 'needs the pass itself');
refused('healthpass_dry_run on;', 'is no dry run');
refused('healthpass_source form:pass[]; healthpass_persons count=2 max=2;', 'is for one pass');

done_testing;
