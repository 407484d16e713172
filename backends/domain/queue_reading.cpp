#include "backends/domain/queue_reading.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// "Graphile Worker" and "graphile_worker" are the same word.
QString lettersOf(const QString& text) {
    QString letters;
    std::ranges::copy_if(text.toLower(), std::back_inserter(letters), [](QChar c) { return c.isLetter(); });
    return letters;
}

}  // namespace

QString SystemIdentity::key() const {
    return name_space.isEmpty() ? system : system + u':' + name_space;
}

QString SystemIdentity::name() const {
    return title.isEmpty() ? system : title;
}

bool SystemIdentity::saysItsNameSpace() const {
    QString inner = name_space;
    if (inner.startsWith("public."_L1)) inner.remove(0, 7);
    return name_space.isEmpty() || name_space == "public"_L1 || name().contains(inner) ||
           lettersOf(name_space) == lettersOf(name());
}

QString SystemIdentity::label() const {
    return visibleText(saysItsNameSpace() ? name() : u"%1 %2"_s.arg(name(), name_space), 60);
}

QString provenanceName(Provenance provenance) {
    switch (provenance) {
        case Provenance::exact:
            return u"exact"_s;
        case Provenance::estimated:
            return u"estimated"_s;
        case Provenance::lower_bound:
            return u"lower_bound"_s;
        case Provenance::not_observable:
            break;
    }
    return u"not_observable"_s;
}

// not_observable > lower_bound > estimated > exact: a bound mixed into arithmetic leaves at best a
// bound on one side, so it is the weaker claim.
Provenance weaker(Provenance a, Provenance b) {
    const auto rank = [](Provenance p) {
        switch (p) {
            case Provenance::exact:
                return 0;
            case Provenance::estimated:
                return 1;
            case Provenance::lower_bound:
                return 2;
            case Provenance::not_observable:
                break;
        }
        return 3;
    };
    return rank(a) >= rank(b) ? a : b;
}

}  // namespace spillway
