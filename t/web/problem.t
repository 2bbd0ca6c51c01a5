# What a refused visitor is told: the problem document, in the visitor's language, as
# $healthpass_problem and as the body of healthpass_check.
use strict;
use warnings;
use utf8;
use lib 't/web/lib';
use HP;
use Encode ();
use JSON::PP ();
use Test::More;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);
my $dir = hp_dir();
my $nginx = HP::Server->new(
    http => <<"_EOC_",
    healthpass_refresh 7s;
    client_body_buffer_size 64k;
_EOC_
    server => <<"_EOC_",
        healthpass_expose problem reference;
        location / { healthpass_verify on; error_page 401 403 503 \@refused; proxy_pass http://venue; }
        location /away { healthpass_verify on; healthpass_policy $dir/nobody.conf;
            error_page 401 403 503 =503 \@refused; proxy_pass http://venue; }
        location /fr { healthpass_verify on; healthpass_language fr; error_page 401 \@refused; proxy_pass http://venue; }
        location /cookie { healthpass_verify on; healthpass_language \$cookie_lang; error_page 401 \@refused;
            proxy_pass http://venue; }
        location /any { satisfy any; allow all; healthpass_verify on; proxy_pass http://venue; }
        location \@refused {
            default_type application/problem+json;
            add_header Content-Language \$healthpass_language always;
            return 403 \$healthpass_problem;
        }
        location = /check { healthpass_check; healthpass_source header:X-Health-Pass form:pass; }
        location = /check/fr { healthpass_check; healthpass_language fr; }
        location = /check/away { healthpass_check; healthpass_policy $dir/nobody.conf; }
        location = /check/dry { healthpass_check; healthpass_dry_run on; }
        location = /check/page { healthpass_check; error_page 403 /no; }
        location = /no { proxy_pass http://venue; }
        location = /check/party { healthpass_check; healthpass_source form:pass[]; healthpass_persons count=form:count; }
        location = /check/day { healthpass_check; healthpass_visit \$arg_day max=7d; }
        location = /asked { auth_request /ask; auth_request_set \$problem \$healthpass_problem;
            error_page 401 403 \@asked; proxy_pass http://venue; }
        location = /ask { internal; healthpass_check; }
        location \@asked { default_type application/problem+json; return 403 \$problem; }
_EOC_
)->start;

my @pass = map { hp_header($_) } 'good';
my @forged = hp_header('forged');

# Status, a function for header fields, and what the JSON says; {} where it is none.
sub ask {
    my ($path, $language, %option) = @_;
    push @{ $option{headers} }, "Accept-Language: $language" if defined $language;
    my ($status, $head, $body) = $nginx->get($path, %option);
    my $document = eval { JSON::PP->new->utf8->decode($body) } // { body => $body };
    return ($status, sub { join ', ', $head =~ /^\Q$_[0]\E: ([^\r]*)\r?$/mig }, $document);
}

# ---- the document ----------------------------------------------------------------

my ($status, $field, $document) = ask('/', undef);
my $reference = delete $document->{reference};
like($reference, qr/^[0-9a-f]{8}$/, 'a reference');
is_deeply($document, { type => 'urn:healthpass:problem:no-pass', title => 'Health pass needed', status => 401,
    detail => 'Please show your health pass.', reason => 'no-pass' }, 'nothing else but what the page says');
is($field->('Content-Type'), 'application/problem+json', 'its type');
is($field->('Content-Language'), 'en', 'its language, by $healthpass_language');
is($field->('Vary'), 'Accept-Language', 'it depends on what was asked for');

my @groups = ([ 'unreadable', 403, 'encoding' ], [ 'not-accepted', 403, 'forged' ], [ 'rules', 403, 'expired' ],
    [ 'unavailable', 503, 'good', '/away' ]);
for (@groups) {
    my ($group, $wanted, $pass, $path) = @$_;
    my %seen;
    for my $language (qw(en fr de es it)) {
        (undef, $field, $document) = ask($path // '/', $language, headers => [ hp_header($pass) ]);
        is_deeply([ @$document{qw(type status reason)} ], [ "urn:healthpass:problem:$group", $wanted, $group ],
            "$group in $language");
        cmp_ok(length Encode::encode_utf8($document->{detail}), '<', 160, '... fits a line');
        $seen{ $document->{title} }++;
        $seen{ $document->{detail} }++;
    }
    is(keys %seen, 10, '... in five languages');
}

# All that looks at the signer's word is told alike; how a pass arrived is not.
my %told = map { $_ => (ask('/', 'en', headers => [ hp_header($_) ]))[2]{detail} }
    qw(forged stranger ended tester empty unknown long encoding);
is(keys %{ { map { $told{$_} => 1 } qw(forged stranger ended tester empty unknown) } }, 1, 'not accepted is one text');
like($told{long}, qr/too long/, 'what is too long is told so');
is((ask('/', 'en', headers => [ @pass, @pass ]))[2]{detail},
    'The pass arrived more than once. Please send it only once.', '... and what came twice');

# ---- the language ----------------------------------------------------------------

my %say = (en => 'Please show your health pass.', fr => 'Veuillez présenter votre pass sanitaire.',
    de => 'Bitte zeigen Sie Ihren Gesundheitsnachweis.', es => 'Por favor, muestre su pase sanitario.',
    it => 'Per favore, mostri il Suo pass sanitario.');
for ([ 'fr', 'fr' ], [ 'fr-CA', 'fr' ], [ 'FR', 'fr' ], [ 'de-CH-1996', 'de' ], [ 'es-419', 'es' ], [ 'it', 'it' ],
    [ 'en', 'en' ], [ 'en-GB, fr', 'en' ], [ 'ja', 'en' ], [ 'ja, pt-BR;q=0.9, es;q=0.1', 'es' ],
    [ 'en;q=0.2, de;q=0.8', 'de' ], [ 'de;q=0, it;q=0.1', 'it' ], [ 'fr;q=0', 'en' ], [ '*', 'en' ], [ '', 'en' ],
    [ 'fr;q=x', 'en' ], [ 'fry', 'en' ], [ ',' x 600 . 'fr', 'en' ]) {
    my ($accept, $language) = @$_;
    (undef, $field, $document) = ask('/', $accept);
    is($document->{detail}, $say{$language}, substr "Accept-Language: $accept", 0, 40);
    is($field->('Content-Language'), $language, '... said so');
}
(undef, $field, $document) = ask('/fr', 'de');
is($document->{detail}, $say{fr}, 'healthpass_language fr: whatever the visitor reads');
is($field->('Vary'), '', '... which nothing depends on');
for ([ 'lang=de', 'de', 'de', '' ], [ 'lang=pt', 'it', 'en', '' ], [ 'lang=', 'it', 'it', 'Accept-Language' ],
    [ 'lang=%00', 'it', 'it', 'Accept-Language' ], [ 'other=de', 'it', 'it', 'Accept-Language' ]) {
    my ($cookie, $accept, $language, $vary) = @$_;
    (undef, $field, $document) = ask('/cookie', $accept, headers => ["Cookie: $cookie"]);
    is($document->{detail}, $say{$language}, "healthpass_language \$cookie_lang: $cookie");
    is($field->('Vary'), $vary, '... Vary');
}
(undef, $field) = ask('/any', 'fr');
is($field->('Vary') . $field->('Content-Language'), '', 'satisfy any: nothing is left of a refusal');
(undef, $field) = ask('/', 'fr', headers => [@pass]);
is($field->('Vary') . $field->('Content-Language'), '', 'nor is there anything of it with a good pass');

for my $wrong ('""', 'french-', '"fr;q=2"', '*') {
    my $other = HP::Server->new(server => "healthpass_language $wrong;");
    my ($said, $exit) = $other->check;
    is($exit, 1, "healthpass_language $wrong");
    like($said, qr/invalid value "[^"]*", expected a language, as "fr" or "pt-BR", or a variable in /, '... why');
}

# ---- healthpass_check ------------------------------------------------------------

is((ask('/check', 'fr', headers => [@pass]))[0], 204, 'check: a good pass has no document');
($status, $field, $document) = ask('/check', 'fr');
is($status, 401, 'check: no pass');
is_deeply([ @$document{qw(type status detail)} ], [ 'urn:healthpass:problem:no-pass', 401, $say{fr} ], '... the body');
is_deeply([ map { $field->($_) } qw(Content-Type Content-Language Vary Cache-Control) ],
    [ 'application/problem+json', 'fr', 'Accept-Language', 'no-store' ], '... its fields, each once');
like($field->('WWW-Authenticate'), qr/^HealthPass /, '... and the challenge');
($status, $field, $document) = ask('/check', 'de', body => 'pass=' . hp_encoded('forged'));
is("$status $document->{reason}", '403 not-accepted', 'check: a form');
($status, $field, $document) = ask('/check/away', undef, headers => [@pass]);
is("$status $document->{reason}", '503 unavailable', 'check: a fault');
is($field->('Retry-After'), 7, '... when to come again');
(undef, $field, $document) = ask('/check/fr', 'de');
is($document->{detail} . $field->('Vary'), $say{fr}, 'check: in the site\'s language');
($status, $field, $document) = ask('/check', 'en', method => 'HEAD');
is($status . $document->{body}, 401, 'check: HEAD has no body');
cmp_ok($field->('Content-Length'), '>', 100, '... and the length of it');
is((ask('/check/dry', 'fr', headers => [@forged]))[0], 204, 'check: a dry run refuses nobody');
($status, $field, $document) = ask('/check/page', 'fr', headers => [@forged]);
is($status, 403, 'check: a page of the operator');
like($document->{body}, qr/^venue: GET \/no/, '... is sent instead');
is((ask('/check/page', 'fr'))[2]{reason}, 'no-pass', '... and of another status there is none');
($status, $field, $document) = ask('/asked', 'it', headers => [@forged]);
is($status, 403, 'auth_request');
is($document->{reason}, 'not-accepted', '... hands the document on');
is($field->('Vary'), 'Accept-Language', '... and what it depends on');
like($document->{detail}, qr/Per favore/, '... in the language');

my ($one, $other) = map { 'pass[]=' . hp_encoded($_) } qw(good forged);
(undef, undef, $document) = ask('/check/party', 'en', body => "count=2&$one&$other");
is_deeply([ @$document{qw(failed_index reason)} ], [ 2, 'not-accepted' ], 'a party: whom it is about');
(undef, undef, $document) = ask('/check/party', 'en', body => "count=2&$one");
is($document->{detail}, 'Please show one pass for each person, and no pass twice.', '... what is missing');
ok(!exists $document->{failed_index}, '... of nobody alone');
(undef, undef, $document) = ask('/check/day?day=soon', 'de', headers => [@pass]);
is($document->{detail}, 'Der Tag des Besuchs fehlt oder kann nicht gebucht werden. Bitte prüfen Sie ihn.', 'a day that is none');

# A connection goes on behind a refusal with a body that nobody read.
my $socket = $nginx->connect;
print $socket join '', map { "POST /check/fr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
    . ($_ ? "Connection: close\r\n" : '') . "\r\na=b" } 0, 1;
my $answers = do { local $/; <$socket> };
is(() = $answers =~ m{HTTP/1\.1 401 }g, 2, 'two refusals on one connection');
is(() = $answers =~ /"reason":"no-pass"/g, 2, '... with their documents');

is($nginx->count(qr/\[(?:alert|emerg|crit)\]/), 0, 'nginx has nothing to complain of');
done_testing;
