# healthpass_holder: the pass is this person's, or it is refused as any other is; names from
# variables and from the body; and no name anywhere of ours.
use strict;
use warnings;
use utf8;
use lib 't/web/lib';
use Encode 'encode_utf8';
use HP;
use Test::More;

my $dir = hp_dir();

# A pass of this made-up person, with a whole birth date.
hp_write("$dir/person.json", encode_utf8('{"ver":"1.3.0","nam":{"fn":"Prüfling-Muñoz","fnt":"PRUEFLING<MUNOZ",'
    . '"gn":"Erna Luise","gnt":"ERNA<LUISE"},"dob":"1971-02-03","v":[{"tg":"840539006","vp":"1119349007",'
    . '"mp":"EU/1/20/1528","ma":"ORG-100030215","dn":2,"sd":2,"dt":"2026-06-01","co":"AT","is":"Test",'
    . '"ci":"URN:UVCI:01:AT:0123456789AB"}]}'));
my $pass = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
    '--payload', "$dir/person.json");
chomp $pass;
my $forged = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
    '--payload', "$dir/person.json", '--forge');
chomp $forged;

my $by_header = 'name=$http_x_name';
my $nginx = HP::Server->new(
    access => 'all',
    http => "log_format all escape=none '\$uri|\$status|\$healthpass_reason|\$healthpass_holder_match';"
        . 'map $http_x_family $family { default $http_x_family; }',
    server => <<"_EOC_",
        client_body_buffer_size 64k;
        healthpass_verify on;
        healthpass_expose holder_match problem;
        healthpass_holder $by_header;
        error_page 403 \@refused;
        location / { proxy_pass http://venue; }
        location /off { healthpass_holder off; proxy_pass http://venue; }
        location /exact { healthpass_holder $by_header match=exact; proxy_pass http://venue; }
        location /mrz { healthpass_holder $by_header match=mrz; proxy_pass http://venue; }
        location /initials { healthpass_holder $by_header match=initials; proxy_pass http://venue; }
        location /two { healthpass_holder "name=\$family" given=\$http_x_given; proxy_pass http://venue; }
        location /dob { healthpass_holder $by_header dob=\$http_x_dob; proxy_pass http://venue; }
        location /form { healthpass_holder name=form:family given=form:given dob=form:born; proxy_pass http://venue; }
        location /file { client_body_in_file_only clean; healthpass_holder name=form:who; proxy_pass http://venue; }
        location /dry { healthpass_dry_run on; proxy_pass http://venue; }
        location /optional { healthpass_verify optional; proxy_pass http://venue; }
        location /check { healthpass_check; }
        location /limit { healthpass_holder off; limit_except GET { healthpass_holder $by_header; } proxy_pass http://venue; }
        location /moved {
            healthpass_holder name=\$who;
            location /moved/from { set \$who \$http_x_name; root html; try_files /none /moved/to; }
            location /moved/to { set \$who \$http_x_then; proxy_pass http://venue; }
        }
        location \@refused { default_type application/problem+json; return 403 \$healthpass_problem; }
_EOC_
)->start;

# Status, reason and $healthpass_holder_match of a request.
my $count = 0;
sub said {
    my ($path, @headers) = @_;
    $path .= '/' . ++$count;
    $nginx->get($path, headers => [ map { encode_utf8("$_\n") } @headers ]);
    my $line;
    $nginx->wait_for(sub { ($line) = $nginx->access_log =~ m{^\Q$path\E\|(.*)$}m });
    return $line // 'nothing';
}
sub shown { my ($path, @headers) = @_; return said($path, "X-Health-Pass: $pass", @headers) }

my ($yes, $no) = ('200|ok|yes', '403|holder|no');
is(shown('', 'X-Name: Erna Luise Prüfling-Muñoz'), $yes, 'as printed');
is(shown('', 'X-Name: PRUEFLING MUNOZ ERNA'), $yes, 'by MRZ letters, family name first, a given name less');
is(shown('', 'X-Name: Lena Prüfling-Muñoz'), $no, 'somebody else');
is(shown('', 'X-Name: Erna Prüfling'), $no, 'half a family name');
is(shown('', 'X-Name:'), $no, 'an empty name');
is(shown(''), $no, 'no name');
is(shown('', 'X-Name: ' . 'Erna ' x 200), $no, 'far too long a name');
is(shown('/off'), '200|ok|', 'off ends it');
is(said('', 'X-Name: Erna Prüfling-Muñoz'), '401|no-pass|', 'no pass');
is(said('', "X-Health-Pass: $forged", 'X-Name: Lena Prüfling'), '403|signature|', 'a forged pass: nothing was compared');
is(shown('/exact', 'X-Name: Erna Prüfling-Muñoz'), $no, 'exact: a given name less');
is(shown('/exact', 'X-Name: Erna-Luise Pruefling Munoz'), $yes, 'exact: all of them');
is(shown('/mrz', 'X-Name: E. Prüfling-Muñoz'), $no, 'mrz: no initials');
is(shown('/initials', 'X-Name: E. Prüfling-Muñoz'), $yes, 'initials');
is(shown('/two', 'X-Family: Prüfling Muñoz', 'X-Given: Erna'), $yes, 'in two fields');
is(shown('/two', 'X-Family: Erna', 'X-Given: Prüfling Muñoz'), $no, 'in two fields, not swapped');
is(shown('/two', 'X-Family: Prüfling Muñoz'), $no, 'in two fields, one of them empty');
is(shown('/dob', 'X-Name: Erna Prüfling-Muñoz', 'X-Dob: 1971-02-03'), $yes, 'born then');
is(shown('/dob', 'X-Name: Erna Prüfling-Muñoz', 'X-Dob: 1971-03-02'), $no, 'born at another time');
is(shown('/dob', 'X-Name: Erna Prüfling-Muñoz'), $no, 'no birth date');
is(shown('/optional', 'X-Name: Lena Muñoz'), $no, 'optional: a pass that is shown has to be the person\'s');
is(said('/optional'), '200|no-pass|', 'optional: without one nobody is asked for a name');
is(shown('/dry', 'X-Name: Lena Muñoz'), '200|holder|no', 'a dry run knows');
is(shown('/check', 'X-Name: Erna Prüfling-Muñoz'), '204|ok|yes', 'healthpass_check: yes');
is(shown('/check', 'X-Name: Lena Muñoz'), $no, 'healthpass_check: no');
is(shown('/limit'), '200|ok|', 'limit_except: not with GET');

# The person is the one who is asked for now: a redirect may change the variables.
sub moved {
    my ($who, $then) = @_;
    return scalar $nginx->get('/moved/from',
        headers => [ "X-Health-Pass: $pass\n", "X-Name: $who\n", "X-Then: $then\n" ]);
}
my $erna = 'Erna,Pruefling,Munoz';
is(moved($erna, $erna), 200, 'an internal redirect, and the same person');
is(moved($erna, 'Lena,Pruefling,Munoz'), 403, 'an internal redirect to somebody else');
is(moved('Lena,Pruefling,Munoz', $erna), 403, 'and from somebody else');

# ---- the body ------------------------------------------------------------------------

my $encoded = $pass =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger;
sub posted {
    my ($path, $body) = @_;
    $path .= '/' . ++$count;
    $nginx->get($path, body => $body);
    my $line;
    $nginx->wait_for(sub { ($line) = $nginx->access_log =~ m{^\Q$path\E\|(.*)$}m });
    return $line // 'nothing';
}
my $who = 'family=Pr%C3%BCfling+Mu%C3%B1oz&given=Erna';
is(posted('/form', "$who&born=1971-02-03&pass=$encoded"), $yes, 'a form: name and pass in one');
is(posted('/form', "pass=$encoded&$who&born=1971-02-04"), $no, 'a form: another birth date');
is(posted('/form', "pass=$encoded&$who"), $no, 'a form: a field is missing');
is(posted('/form', "pass=$encoded&$who&born=1971-02-03&given=Lena"), '403|given-twice|', 'a form: a field given twice');
is(posted('/form', "pass=$encoded&$who&born=1971-02-03&$_=Lena"), '403|given-twice|', "a form: and as $_")
    for 'given[]', 'given[0]', 'given%5Bx%5D%5By%5D', '+given', 'given%00x', ' given';
is(posted('/form', "pass=$encoded&$who&born=1971-02-03&$_=Lena"), $yes, "a form: beside $_") for 'give', 'givens', 'x[given]', '';
is(posted('/form', "pass=$encoded&$who&born=%4"), $no, 'a form: a damaged field');
is(posted('/form', "pass=$encoded&family=Pr%FCfling+Mu%F1oz&given=Erna&born=1971-02-03"), $no, 'a form: Latin-1');
is(posted('/form', "$who&born=1971-02-03"), '401|no-pass|', 'a form: a name without a pass');
is(posted('/file', "who=Erna+Pruefling+Munoz&pass=$encoded"), $yes, 'a form on disk');
is(posted('/file', "who=&pass=$encoded"), $no, 'a form on disk, an empty field');
is(posted('/limit', "pass=$encoded"), $no, 'limit_except: with POST');
is(shown('/form'), $no, 'a header\'s pass, and no form at all');

# ---- nobody learns more ---------------------------------------------------------------

my @answers = map {
    my $socket = $nginx->connect;
    print $socket "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Health-Pass: $$_[0]\r\nX-Name: $$_[1]\r\n\r\n";
    my $text = do { local $/; <$socket> };
    $text =~ s/^Date: .*\r\n//mr =~ s/"reference":"\w+"//r;
} [ $pass, 'Lena Testperson' ], [ $forged, 'Lena Testperson' ];
is($answers[0], $answers[1], 'the public answer is that of a forged pass');
like($nginx->error_log, qr/healthpass: refused, reason=holder, stage=holder, kid=[0-9a-f]{16}, issuer=AT, pass=/, 'the log says why');
unlike($nginx->error_log =~ s/^.*client: //mgr, qr/Pr(?:ü|Ã¼|ue)fling|Mu(?:ñ|Ã±|n)oz|Erna|Lena|1971/i, 'and names nobody');

# ---- nginx -t -------------------------------------------------------------------------

sub check {
    my ($directive) = @_;
    my $other = HP::Server->new(server => "healthpass_verify on; client_body_buffer_size 64k; $directive");
    my ($text, $status) = $other->check;
    return "$status " . ($text =~ /^nginx: (\[(?:emerg|warn)\] .*?)(?: in \S+:\d+)?$/m ? $1 : 'quiet');
}
is(check('healthpass_holder name=$http_x_name;'), '0 quiet', 'a value of our own is no news');
is(check('healthpass_holder name=form:name;'), '0 [warn] "form:name" is what the visitor writes: it binds the ticket to a '
    . 'name, and not the pass to a person; compare that name with an ID at the door', 'a form is');
is(check('healthpass_holder off;'), '0 quiet', 'off');
is(check("healthpass_holder $_;") =~ s/".*//r, '1 [emerg] invalid parameter ', "wrong: $_")
    for 'name=', 'name=$host name=$uri', 'name=$host match=', 'name=$host match=any', 'name=$host off', 'on', 'name',
        'name=$host match=mrz match=mrz', 'name=$host born=$uri', 'dob=';
like(check("healthpass_holder $_;"), qr/^1 .*lacks "name="/, "wrong: $_") for 'dob=$host', 'match=exact';
like(check('healthpass_holder name=$host; healthpass_holder off;'), qr/^1 .*is duplicate/, 'given twice');
like(check('healthpass_holder name=$no_such;'), qr/^1 .*unknown "no_such" variable/, 'no such variable');
$nginx->stop;
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
