/* Countries: the codes of ISO 3166-1, three letters and two; see feed.h. */
#include "feed/feed.h"

#define CELL 6 /* three letters, two, a blank */

/*
 * In the order of the alphabet.  XKX (Kosovo) is not ISO's but in common use.  Codes of test
 * networks (XXA, XCL) and of organisations (WHO) have no second form.
 */
static const char countries[] =
    "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG "
    "AUSAU AUTAT AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL "
    "BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH "
    "CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX "
    "CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES "
    "ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI "
    "GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM "
    "HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT "
    "JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB "
    "LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD "
    "MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS "
    "MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO "
    "NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL PRIPR PRKKP "
    "PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SGSGS "
    "SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI "
    "SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO "
    "TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC "
    "VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS XKXXK YEMYE ZAFZA ZMBZM ZWEZW ";

bool
hp_feed_alpha2(const char *alpha3, char alpha2[3])
{
    size_t low = 0, high = (sizeof(countries) - 1) / CELL;

    if (strlen(alpha3) != 3)
        return false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *cell = countries + middle * CELL;
        int order = memcmp(alpha3, cell, 3);

        if (order == 0) {
            memcpy(alpha2, cell + 3, 2);
            alpha2[2] = '\0';
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* The two letters that stand for a code: the EU writes EL and UK where ISO has GR and GB. */
static const char *
two_letters(const char *code, char alpha2[3])
{
    if (hp_feed_alpha2(code, alpha2))
        return alpha2;
    return strcmp(code, "EL") == 0 ? "GR" : strcmp(code, "UK") == 0 ? "GB" : code;
}

/* Of no country: the World Health Organization, the International Organization for Migration. */
static bool
is_organisation(const char *code)
{
    return strcmp(code, "WHO") == 0 || strcmp(code, "IOM") == 0;
}

/*
 * Codes of test networks begin with an X (ISO 3166-1, 8.1.3), and their certificates have two
 * letters of the same kind.  With organisations that take part in the GDHCN there is nothing to
 * compare; any other code that is none goes with itself only.
 */
bool
hp_feed_same_country(const char *listed, const char *named)
{
    char one[3], other[3];
    const char *list = two_letters(listed, one), *certificate = two_letters(named, other);

    if (strlen(list) == 2 && strlen(certificate) == 2)
        return strcmp(list, certificate) == 0;
    if (list[0] == 'X' || certificate[0] == 'X')
        return list[0] == certificate[0];
    return strcmp(list, certificate) == 0 || is_organisation(list);
}
