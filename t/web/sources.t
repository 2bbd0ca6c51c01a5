# Where a pass may stand in a request, and how it is written there.
use lib 't/web/lib';
use HP;
use Test::Nginx::Socket 'no_plan';

repeat_each(2);
hp_blocks();
run_tests();

__DATA__

=== TEST 1: the default: a header of that name in any spelling, or a form field
--- config
    location / {
        healthpass_verify on;
        healthpass_expose source;
        proxy_set_header X-Verdict $healthpass_source;
        proxy_pass http://venue;
    }
--- pipelined_requests eval
["GET /a", "GET /b", "POST /c\npass=" . HP::hp_encoded('good'), "GET /d"]
--- more_headers eval
[HP::hp_header('good'), "x-HEALTH-pass: " . HP::hp_pass('good') . "\n",
 "Content-Type: application/x-www-form-urlencoded\n",
 "Cookie: pass=" . HP::hp_encoded('good') . "\n"]
--- response_body_like eval
[qr/verdict=\[header:X-Health-Pass\]/, qr/verdict=\[header:X-Health-Pass\]/,
 qr/^venue: POST.*verdict=\[form:pass\]/, qr/401/]
--- error_code eval
[200, 200, 200, 401]



=== TEST 2: a header is taken as is: blanks, plus and percent signs inside
--- config
    location / { healthpass_verify on; proxy_pass http://venue; }
--- pipelined_requests eval
["GET /", "GET /"]
--- more_headers eval
[HP::hp_header('spaced'), "X-Health-Pass: " . HP::hp_encoded('spaced') . "\n"]
--- error_code eval
[200, 403]



=== TEST 3: a cookie is percent-encoded; a plus is a plus there
--- config
    location / {
        healthpass_verify on;
        healthpass_source cookie:hp;
        proxy_pass http://venue;
    }
--- pipelined_requests eval
["GET /enc", "GET /plus", "GET /raw", "GET /broken", "GET /other", "GET /empty"]
--- more_headers eval
my $plus = HP::hp_encoded('spaced'); $plus =~ s/%2B/+/g;
["Cookie: a=b; hp=" . HP::hp_encoded('spaced') . "; c=d\n", "Cookie: hp=$plus\n",
 "Cookie: hp=" . HP::hp_pass('spaced') . "\n", "Cookie: hp=HC1%3\n",
 "Cookie: HP=" . HP::hp_encoded('good') . "; hpx=1\n", "Cookie: hp=; a=b\n"]
--- error_code eval
[200, 200, 403, 403, 401, 401]



=== TEST 4: two cookies of the name, in one line or in two
--- config
    location / {
        healthpass_verify on;
        healthpass_source cookie:hp;
        proxy_pass http://venue;
    }
--- request eval
["GET /one", "GET /two"]
--- more_headers eval
my $hp = "hp=" . HP::hp_encoded('good');
["Cookie: $hp; a=1; $hp\n", "Cookie: $hp\nCookie: $hp\n"]
--- error_code eval
[403, 403]
--- error_log
reason=given-twice, stage=format



=== TEST 5: an argument: percent-encoded, and a plus is a blank
--- config
    location / {
        healthpass_verify on;
        healthpass_source arg:pass;
        proxy_pass http://venue;
    }
--- pipelined_requests eval
my $plus = HP::hp_encoded('spaced'); $plus =~ s/%20/+/g;
my $bare = HP::hp_encoded('spaced'); $bare =~ s/%2B/+/g;
["GET /enc?x=1&pass=" . HP::hp_encoded('spaced'), "GET /plus?pass=$plus&y", "GET /bare?pass=$bare",
 "GET /twice?pass=1&pass=2", "GET /hidden?pass=1&%70ass=2", "GET /none?xpass=1&passx=2&Pass=3&pas%73x=1",
 "GET /empty?pass=&a=b", "GET /name?%70%61ss=" . HP::hp_encoded('good')]
--- error_code eval
[200, 200, 403, 403, 403, 401, 401, 200]



=== TEST 6: a bearer token is percent-encoded; another scheme is no pass
--- config
    location / {
        healthpass_verify on;
        healthpass_source bearer;
        proxy_pass http://venue;
    }
--- pipelined_requests eval
["GET /enc", "GET /case", "GET /basic", "GET /broken", "GET /nothing"]
--- more_headers eval
my $enc = HP::hp_encoded('spaced');
["Authorization: Bearer $enc\n", "authorization: bEARER   $enc\n", "Authorization: Basic dTpw\n",
 "Authorization: Bearer HC1%zz\n",
 "Authorization: Bearer\n"]
--- error_code eval
[200, 200, 401, 403, 401]



=== TEST 7: the whole body, as text
--- config
    location / {
        healthpass_verify on;
        healthpass_source body;
        proxy_pass http://venue;
    }
--- pipelined_requests eval
my $text = HP::hp_pass('spaced');
["POST /lf\n$text\n", "POST /bare\n$text", "POST /crlf\n$text\r\n", "POST /more\n$text\nx",
 "POST /form\n$text", "POST /typeless\n$text", "PUT /put\n$text"]
--- more_headers eval
my $type = "Content-Type: text/plain\n";
[$type, "Content-Type: TEXT/plain; charset=utf-8\n", $type, $type,
 "Content-Type: application/x-www-form-urlencoded\n", "", $type]
--- error_code eval
[200, 200, 200, 403, 401, 401, 200]



=== TEST 8: a variable, as is
--- http_config
    map $http_x_old_name $hp_old { default $http_x_old_name; }
--- config
    location / {
        healthpass_verify on;
        healthpass_source $hp_old;
        healthpass_expose source;
        proxy_set_header X-Verdict $healthpass_source;
        proxy_pass http://venue;
    }
--- pipelined_requests eval
["GET /", "GET /", "GET /"]
--- more_headers eval
["X-Old-Name: " . HP::hp_pass('spaced') . "\n", "", "X-Old-Name: x\n"]
--- response_body_like eval
[qr/verdict=\[\$hp_old\]/, qr/401/, qr/403/]
--- error_code eval
[200, 401, 403]



=== TEST 9: the first source that holds something decides, good or bad
--- config
    location / {
        healthpass_verify on;
        healthpass_source cookie:hp header:X-Health-Pass arg:pass;
        proxy_pass http://venue;
    }
--- pipelined_requests eval
["GET /1?pass=x", "GET /2?pass=x", "GET /3?pass=" . HP::hp_encoded('good'), "GET /4?pass=x"]
--- more_headers eval
my $good = HP::hp_encoded('good');
["Cookie: hp=$good\n" . HP::hp_header('forged'), HP::hp_header('good'), "Cookie: hp=bad\n", ""]
--- error_code eval
[200, 200, 403, 403]



=== TEST 10: a header twice, even the same
--- config
    location / { healthpass_verify on; proxy_pass http://venue; }
--- request
GET /
--- more_headers eval
HP::hp_header('good') . HP::hp_header('good')
--- error_code: 403
--- error_log
healthpass: refused, reason=given-twice, stage=format, source=header:X-Health-Pass, reference=



=== TEST 11: a form field twice; a raw blank; a cut escape; another field
--- config
    location / { healthpass_verify on; proxy_pass http://venue; }
--- pipelined_requests eval
my $enc = HP::hp_encoded('good');
["POST /1\npass=$enc&pass=$enc", "POST /2\npass=HC1:6 BF", "POST /3\npass=$enc%", "POST /4\npas=$enc",
 "POST /5\na=b&pass=$enc&c", "POST /6\npass=&a=b", "POST /7\npass=$enc"]
--- more_headers
Content-Type: application/x-www-form-urlencoded;charset=UTF-8
--- error_code eval
[403, 403, 403, 401, 200, 401, 200]



=== TEST 12: a pass pasted into a form unencoded is damaged, never repaired
--- config
    location / { healthpass_verify on; proxy_pass http://venue; }
--- request eval
"POST /\npass=" . HP::hp_pass('spaced')
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code: 403
--- error_log
reason=encoding, stage=encoding
