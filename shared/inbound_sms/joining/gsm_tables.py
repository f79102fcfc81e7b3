"""The alphabets of GSM: the default one, its extension, and the national tables (3GPP TS 23.038, 6.2.1 and annex A).

A table has a character for each septet; U+FFFD where none is defined, and for the escape. What follows an escape is
looked up in the single shift table, given as runs of characters by their first septet.
"""
# ruff: noqa: E501, RUF001 - letters that look like others are what these tables are about

LOCKING: dict[int, str] = {
    0: (  # the default alphabet
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\ufffdÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    ),
    1: (  # Turkish
        "@£$¥€éùıòÇ\nĞğ\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\ufffdŞşßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        "İABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§çabcdefghijklmnopqrstuvwxyzäöñüà"
    ),
    3: (  # Portuguese
        "@£$¥êéúíóç\nÔô\rÁáΔ_ªÇÀ∞^\\€Ó|\ufffdÂâÊÉ !\"#º%&'()*+,-./0123456789:;<=>?"
        "ÍABCDEFGHIJKLMNOPQRSTUVWXYZÃÕÚÜ§~abcdefghijklmnopqrstuvwxyzãõ`üà"
    ),
    4: (  # Bengali and Assamese
        "ঁংঃঅআইঈউঊঋ\nঌ\ufffd\r\ufffdএঐ\ufffd\ufffdওঔকখগঘঙচ\ufffdছজঝঞ !টঠডঢণত)(থদ'ধ.ন0123456789:;\ufffdপফ?"
        "বভমযর\ufffdল\ufffd\ufffd\ufffdশষসহ়ঽািীুূৃৄ\ufffd\ufffdেৈ\ufffd\ufffdোৌ্ৎabcdefghijklmnopqrstuvwxyzৗড়ঢ়ৰৱ"
    ),
    5: (  # Gujarati
        "ઁંઃઅઆઇઈઉઊઋ\nઌઍ\r\ufffdએઐઑ\ufffdઓઔકખગઘઙચ\ufffdછજઝઞ !ટઠડઢણત)(થદ'ધ.ન0123456789:;\ufffdપફ?"
        "બભમયર\ufffdલળ\ufffdવશષસહ઼ઽાિીુૂૃૄૅ\ufffdેૈૉ\ufffdોૌ્ૐabcdefghijklmnopqrstuvwxyzૠૡૢૣ૱"
    ),
    6: (  # Hindi
        "ँंःअआइईउऊऋ\nऌऍ\rऎएऐऑऒओऔकखगघङच\ufffdछजझञ !टठडढणत)(थद'ध.न0123456789:;ऩपफ?"
        "बभमयरऱलळऴवशषसह़ऽािीुूृॄॅॆेैॉॊोौ्ॐabcdefghijklmnopqrstuvwxyzॲॻॼॾॿ"
    ),
    7: (  # Kannada
        "\ufffdಂಃಅಆಇಈಉಊಋ\nಌ\ufffd\rಎಏಐ\ufffdಒಓಔಕಖಗಘಙಚ\ufffdಛಜಝಞ !ಟಠಪಢಣತ)(ಥದ'ಧ.ನ0123456789:;\ufffdಪಫ?"
        "ಬಭಮಯರಱಲಳ\ufffdವಶಷಸಹ಼ಽಾಿೀುೂೃೄ\ufffdೆೇೈ\ufffdೊೋೌ್ೕabcdefghijklmnopqrstuvwxyzೖೠೡೢೣ"
    ),
    8: (  # Malayalam
        "\ufffdംഃഅആഇഈഉഊഋ\nഌ\ufffd\rഎഏഐ\ufffdഒഓഔകഖഗഘങച\ufffdഛജഝഞ !ടഠഡഢണത)(ഥദ'ധ.ന0123456789:;\ufffdപഫ?"
        "ബഭമയരറലളഴവശഷസഹ\ufffdഽാിീുൂൃൄ\ufffdെേൈ\ufffdൊോൌ്ൗabcdefghijklmnopqrstuvwxyzൠൡൢൣ൹"
    ),
    9: (  # Oriya
        "ଁଂଃଅଆଇଈଉଊଋ\nଌ\ufffd\r\ufffdଏଐ\ufffd\ufffdଓଔକଖଗଘଙଚ\ufffdଛଜଝଞ !ଟଠଡଢଣତ)(ଥଦ'ଧ.ନ0123456789:;\ufffdପଫ?"
        "ବଭମଯର\ufffdଲଳ\ufffdଵଶଷସହ଼ଽାିୀୁୂୃୄ\ufffd\ufffdେୈ\ufffd\ufffdୋୌ୍ୖabcdefghijklmnopqrstuvwxyzୗୠୡୢୣ"
    ),
    10: (  # Punjabi
        "ਁਂਃਅਆਇਈਉਊ\ufffd\n\ufffd\ufffd\r\ufffdਏਐ\ufffd\ufffdਓਔਕਖਗਘਙਚ\ufffdਛਜਝਞ !ਟਠਡਢਣਤ)(ਥਦ'ਧ.ਨ0123456789:;\ufffdਪਫ?"
        "ਬਭਮਯਰ\ufffdਲਲ਼\ufffdਵਸ਼\ufffdਸਹ਼\ufffdਾਿੀੁੂ\ufffd\ufffd\ufffd\ufffdੇੈ\ufffd\ufffdੋੌ੍ੑabcdefghijklmnopqrstuvwxyzੰੱੲੳੴ"
    ),
    11: (  # Tamil
        "\ufffdஂஃஅஆஇஈஉஊ\ufffd\n\ufffd\ufffd\rஎஏஐ\ufffdஒஓஔக\ufffd\ufffd\ufffdஙச\ufffd\ufffdஜ\ufffdஞ !ட\ufffd\ufffd\ufffdணத)(\ufffd\ufffd'\ufffd.ந0123456789:;னப\ufffd?"
        "\ufffd\ufffdமயரறலளழவஶஷஸஹ\ufffd\ufffdாிீுூ\ufffd\ufffd\ufffdெேை\ufffdொோௌ்ௐabcdefghijklmnopqrstuvwxyzௗ௰௱௲௹"
    ),
    12: (  # Telugu
        "ఁంఃఅఆఇఈఉఊఋ\nఌ\ufffd\rఎఏఐ\ufffdఒఓఔకఖగఘఙచ\ufffdఛజఝఞ !టఠడఢణత)(థద'ధ.న0123456789:;\ufffdపఫ?"
        "బభమయరఱలళ\ufffdవశషసహ\ufffdఽాిీుూృౄ\ufffdెేై\ufffdొోౌ్ౕabcdefghijklmnopqrstuvwxyzౖౠౡౢౣ"
    ),
    13: (  # Urdu
        "اآبٻڀپڦتۂٿ\nٹٽ\rٺټثجځڄڃڅچڇحخد\ufffdڌڈډڊ !ڏڍذرڑړ)(ڙز'ږ.ژ0123456789:;ښسش?"
        "صضطظعفقکڪګگڳڱلمنںڻڼوۄەہھءیېےٍُِٗٔabcdefghijklmnopqrstuvwxyzّٰٕٖٓ"
    ),
}

EXTENSION = {0x0A: "\f", 0x14: "^", 0x28: "{}", 0x2F: "\\", 0x3C: "[~]", 0x40: "|", 0x65: "€"}
_SOUTH_ASIAN = EXTENSION | {
    0x00: "@£$¥¿\"¤%&'",
    0x0B: "*+",
    0x0E: "-/<=>¡",
    0x15: "¡_#*",
    0x41: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}

SINGLE: dict[int, dict[int, str]] = {
    0: EXTENSION,
    1: EXTENSION | {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
    2: EXTENSION | {0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x61: "á", 0x69: "í", 0x6F: "ó", 0x75: "ú"},
    3: EXTENSION
    | {
        0x05: "ê",
        0x09: "ç",
        0x0B: "Ôô",
        0x0E: "Áá",
        0x12: "ΦΓ",
        0x15: "ΩΠΨΣΘ",
        0x1F: "Ê",
        0x41: "À",
        0x49: "Í",
        0x4F: "Ó",
        0x55: "Ú",
        0x5B: "ÃÕ",
        0x61: "Â",
        0x69: "í",
        0x6F: "ó",
        0x75: "ú",
        0x7B: "ãõ",
        0x7F: "â",
    },
    4: _SOUTH_ASIAN | {0x19: "০১", 0x1C: "২৩৪৫৬৭৮৯য়ৠৡৢ", 0x2A: "ৣ৲৳৴৵", 0x30: "৶৷৸৹৺"},
    5: _SOUTH_ASIAN | {0x19: "।॥", 0x1C: "૦૧૨૩૪૫૬૭૮૯"},
    6: _SOUTH_ASIAN | {0x19: "।॥", 0x1C: "०१२३४५६७८९॒॑", 0x2A: "॓॔क़ख़ग़", 0x30: "ज़ड़ढ़फ़य़ॠॡॢॣ॰ॱ"},
    7: _SOUTH_ASIAN | {0x19: "।॥", 0x1C: "೦೧೨೩೪೫೬೭೮೯ೞೱ", 0x2A: "ೲ"},
    8: _SOUTH_ASIAN | {0x19: "।॥", 0x1C: "൦൧൨൩൪൫൬൭൮൯൰൱", 0x2A: "൲൳൴൵ൺ", 0x30: "ൻർൽൾൿ"},
    9: _SOUTH_ASIAN | {0x19: "।॥", 0x1C: "୦୧୨୩୪୫୬୭୮୯ଡ଼ଢ଼", 0x2A: "ୟ୰ୱ"},
    10: _SOUTH_ASIAN | {0x19: "।॥", 0x1C: "੦੧੨੩੪੫੬੭੮੯ਖ਼ਗ਼", 0x2A: "ਜ਼ੜਫ਼ੵ"},
    11: _SOUTH_ASIAN | {0x19: "।॥", 0x1C: "௦௧௨௩௪௫௬௭௮௯௳௴", 0x2A: "௵௶௷௸௺"},
    12: _SOUTH_ASIAN | {0x1C: "౦౧౨౩౪౫౬౭౮౯ౘౙ", 0x2A: "౸౹౺౻౼", 0x30: "౽౾౿"},
    13: _SOUTH_ASIAN | {0x19: "؀؁", 0x1C: "۰۱۲۳۴۵۶۷۸۹،؍", 0x2A: "؎؏ؐؑؒ", 0x30: "ؓؔ؛؟ـْ٘٫٬ٲٳۍ", 0x3F: "۔"},
}
