/* A table of products; see series.h. */
#include "format/series.h"

static const struct {
    const char *product;
    double doses;
} series[] = {
    { "EU/1/20/1507", 2 }, /* Spikevax */
    { "EU/1/20/1525", 1 }, /* Jcovden */
    { "EU/1/20/1528", 2 }, /* Comirnaty */
    { "EU/1/21/1529", 2 }, /* Vaxzevria */
    { "EU/1/21/1618", 2 }, /* Nuvaxovid */
    { "BBIBP-CorV", 2 },
    { "CoronaVac", 2 },
    { "Covaxin", 2 },
};

double
hp_series_doses(hp_str product)
{
    size_t i;

    for (i = 0; i < sizeof(series) / sizeof(series[0]); i++) {
        if (hp_str_eq(product, hp_str_of(series[i].product)))
            return series[i].doses;
    }
    return 0;
}
