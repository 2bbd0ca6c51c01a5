# json:/POINTER, a text of a JSON body, for the pass and for what stands beside it.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my $dir = hp_dir();
my $gate = 'healthpass_verify on; healthpass_expose source; proxy_set_header X-Verdict $healthpass_source;'
    . ' proxy_pass http://venue;';
my $server = <<"_EOC_";
        client_body_buffer_size 64k;
        healthpass_source json:/pass;
        location / { $gate }
        location /file { client_body_buffer_size 1k; $gate }
        location /small { healthpass_body_max 2000; $gate }
        location /deep { healthpass_source json:/order/0/guest~1adult/pass; $gate }
        location /list { healthpass_source json:/passes[]; $gate }
        location /holder { healthpass_source header:X-Health-Pass json:/pass; healthpass_holder name=json:/name dob=json:/born; $gate }
        location /party { healthpass_source json:/passes[]; healthpass_persons count=json:/seats min_age=12;
            healthpass_holder name=json:/names[] dob=json:/births[]; $gate }
        location /once { healthpass_reuse limit=1 window=1h by=json:/account action=refuse; $gate }
_EOC_
my $nginx = HP::Server->new(http => 'healthpass_zone uses 1m;', server => $server)->start;

my $good = hp_pass('good');

# A pass of a made-up person.
sub issued {
    my ($given, $family, $born) = @_;
    hp_write("$dir/person.json", "{\"ver\":\"1.3.0\",\"nam\":{\"fn\":\"$family\",\"fnt\":\"\U$family\E\",\"gn\":\"$given\","
        . "\"gnt\":\"\U$given\E\"},\"dob\":\"$born\",\"v\":[{\"tg\":\"840539006\",\"vp\":\"1119349007\","
        . '"mp":"EU/1/20/1528","ma":"ORG-100030215","dn":2,"sd":2,"dt":"2026-06-01","co":"AT","is":"Test",'
        . "\"ci\":\"URN:UVCI:01:AT:\U$given\E\"}]}");
    chomp(my $text = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
        '--payload', "$dir/person.json"));
    return $text;
}
my $own = issued('Erna', 'Muster', '1971-02-03');
my $other = issued('Karl', 'Beispiel', '1982-03-04');
my $year = 1900 + (gmtime)[5];
my $type = 'application/json';

sub post { my ($path, $body, %more) = @_; return scalar $nginx->get($path, body => $body, type => $type, %more) }

# Status and reason of what came last.
sub refused { my ($status) = @_; return "$status " . $nginx->refusal }

# ---- every way for a body to arrive ------------------------------------------------

for my $path (qw(/ /file)) {
    for my $case ([ 'short', "{\"pass\":\"$good\"}", 200 ],
        [ 'long', '{"x":"' . 'y' x 3000 . "\",\"pass\":\"$good\"}", 200 ],
        [ 'forged', '{"pass":"' . hp_pass('forged') . '"}', 403 ], [ 'none', '{"name":"x"}', 401 ])
    {
        my ($name, $body, $status) = @$case;
        my ($whole, $halves, $chunks) = $nginx->arrivals($path, $type, $body);
        is($whole, $status, "$path $name: in one piece");
        is($halves, $status, '... in two');
        is($chunks, $status, '... in chunks');
    }
}
my (undef, undef, $body) = $nginx->get('/', body => "{\"pass\":\"$good\"}", type => $type);
like($body, qr/verdict=\[json:\/pass\] length=\[${\ (length($good) + 11)}\]/, 'the upstream gets the body as it was');

my $rest = 2000 - length "{\"pass\":\"$good\",\"x\":\"\"}";
is(post('/small', "{\"pass\":\"$good\",\"x\":\"" . 'y' x $rest . '"}'), 200, 'a body of healthpass_body_max');
is(post('/small', "{\"pass\":\"$good\",\"x\":\"" . 'y' x ($rest + 1) . '"}'), 401, '... and a byte more');

# ---- which bodies ---------------------------------------------------------------------

my $json = "{\"pass\":\"$good\"}";
is(post('/', $json, type => $_), 200, "$_") for 'application/json;charset=utf-8', 'Application/JSON',
    'application/vnd.booking+json', 'application/ld+JSON; x=y';
is(post('/', $json, type => $_), 401, "$_ is none") for 'text/json', 'application/jsonx', 'application/json+x',
    '+json', 'text/plain';
is(refused(post('/', $json, headers => [ "Content-Type: $type" ])), '403 given-twice', 'two types, even the same');

# ---- what stands there ------------------------------------------------------------------

(my $escaped = $good) =~ s/(.)/sprintf '\u%04x', ord $1/ge;
is(post('/', "{\"p\\u0061ss\":\"$escaped\"}"), 200, 'escapes, in the name too');
is(post('/', " {\"x\":[{\"pass\":1}],\"pass\":\"$good\\n\"}\n"), 200, 'among others');
is(post('/', $_), 401, "no pass: $_") for '{}', '{"pass":null}', '{"pass":""}', '[]', '"x"', '{"PASS":"x"}',
    '{"a":{"pass":"x"}}';
is(refused(post('/', $_)), '403 encoding', "no text: $_") for '{"pass":1}', '{"pass":true}', '{"pass":["x"]}',
    '{"pass":{"text":"x"}}';
is(refused(post('/', $_)), '403 encoding', "no JSON: $_") for '{', '{"pass":"x"', "{'pass':'x'}", '{"pass":"x",}',
    '{"name":"x"}{"pass":"x"}', "{\"pass\":\"x\",\"name\":\"\xff\"}", "{\"pass\":\"a\nb\"}", 'pass=x', ' ';
is(refused(post('/', "{\"pass\":\"$good\",\"pass\":\"$good\"}")), '403 encoding', 'a doubled member');
is(refused(post('/', "{\"pass\":\"$good\",\"Pass\":\"x\"}")), '403 given-twice', 'one that is doubled for who ignores case');
is(refused(post('/', "{\"pass\":\"$good\",\"p\\u0061ss\":\"x\"}")), '403 encoding', '... in other words');
is(refused(post('/', "{\"pass\":\"$good\",\"x\":{\"a\":1,\"a\":1}}")), '403 encoding', '... somewhere else');

is(post('/deep', "{\"order\":[{\"guest/adult\":{\"pass\":\"$good\"}}]}"), 200, 'a longer pointer');
is(post('/deep', "{\"order\":{\"0\":{\"guest/adult\":{\"pass\":\"$good\"}}}}"), 200, '... a number may be a name');
is(post('/deep', "{\"order\":[1,{\"guest/adult\":{\"pass\":\"$good\"}}]}"), 401, '... another element');

# ---- lists ---------------------------------------------------------------------------

is(post('/list', "{\"passes\":[\"$good\"]}"), 200, 'a list of one');
is(post('/list', $_), 401, "nothing: $_") for '{"passes":[]}', '{"passes":null}', '{"passes":["",null,""]}', '{}';
is(refused(post('/list', "{\"passes\":[\"$good\",null]}")), '403 party', 'two, and nobody asked for them');
my $many = join ',', ('""') x 31;
is(refused(post('/list', "{\"passes\":[\"$good\",$many]}")), '403 party', '32 of them');
is(post('/list', "{\"passes\":[\"\",$many]}"), 401, '32 empty ones');
is(refused(post('/list', "{\"passes\":[\"\",\"\",$many]}")), '403 party', '33 empty ones');
is(refused(post('/list', $_)), '403 encoding', "no list of texts: $_") for '{"passes":"x"}', '{"passes":{}}',
    '{"passes":[["x"]]}', '{"passes":["x",1]}';

# ---- beside the pass --------------------------------------------------------------------

is(post('/holder', "{\"pass\":\"$own\",\"name\":\"$_\",\"born\":\"1971-02-03\"}"), 200, "the pass of $_")
    for 'Erna Muster', 'Erna M\u0075ster', 'ERNA MUSTER';
is(refused(post('/holder', "{\"pass\":\"$own\",$_}")), '403 holder', "not of somebody with $_")
    for '"name":"Erna Master","born":"1971-02-03"', '"name":"Erna Muster","born":"1971-02-04"',
    '"name":"Erna Muster"', '"name":["Erna Muster"],"born":"1971-02-03"', '"name":null,"born":"1971-02-03"';
is(refused(scalar $nginx->get('/holder', body => '{"name":"Erna Muster","born":"1971-02-03",}', type => $type,
    headers => [ "X-Health-Pass: $own" ])), '403 holder', 'a body that is no JSON names nobody');
is(post('/once', "{\"pass\":\"$good\",\"account\":\"$_\"}"), 200, "for $_") for 'one', 'one';
is(refused(post('/once', "{\"pass\":\"$good\",\"account\":\"two\"}")), '403 reused', 'for two');
my $child = hp_pass('child');
is(post('/once', "{\"pass\":\"$child\",\"account\":$_}"), 200, "for $_") for 18446744073709551615,
    '"18446744073709551615"';
is(refused(post('/once', "{\"pass\":\"$child\",\"account\":$_}")), '403 reused', "for $_") for 0, 1;
is(post('/once', "{\"pass\":\"$child\",\"account\":$_}"), 503, "for nobody: $_") for -1, 1.5, 'true', '[1]', 'null', '""';

# ---- a party ---------------------------------------------------------------------------

sub party {
    my ($seats, $passes, $names, @births) = @_;
    return sprintf '{"seats":%s,"passes":[%s],"names":[%s],"births":[%s]}', $seats, map {
        join ',', map { defined ? "\"$_\"" : 'null' } @$_ } $passes, $names, \@births;
}
my @both = ([ $own, $other ], [ 'Erna Muster', 'Karl Beispiel' ], '1971-02-03', '1982-03-04');
is(post('/party', party(2, @both)), 200, 'two of two');
is(post('/party', party('"2"', @both)), 200, 'their number as a text');
is(refused(post('/party', party(3, @both))), '403 party', 'two of three');
is(refused(post('/party', party('2.0', @both))), '403 party', 'a number of seats that is none');
is(refused(post('/party', party(2, [ $other, $own ], @both[1 .. 3]))), '403 holder', 'each has his own');
is(refused(post('/party', party(2, [ $own, undef ], @both[1 .. 3]))), '403 party', 'one without');
my $eight = $year - 8;
is(post('/party', party(2, [ $own, undef ], [ 'Erna Muster', 'Kim' ], '1971-02-03', "$eight-01-01")), 200,
    'a child needs none');

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
