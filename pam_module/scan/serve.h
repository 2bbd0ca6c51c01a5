/* serve.h: the socket on which gates ask for scans. */
#ifndef HP_SCAN_SERVE_H
#define HP_SCAN_SERVE_H

#include "feed.h"

/* What a socket's name has behind it until somebody listens there. */
#define HP_SCAN_NEW ".new"

/* The socket that systemd made for us (sd_listen_fds(3)); -1: it made none. */
int hp_serve_inherit(void);

/*
 * Listens at path, which has room for HP_SCAN_NEW behind it, for root alone.  -1, and why was
 * said.
 */
int hp_serve_listen(const char *path);

/* Serves one request after the other, and never returns but for a fault, which was said. */
void hp_serve(int listening, const hp_feed *feed);

#endif
