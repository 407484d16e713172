#include "backends/domain/failure.h"

#include <QStringList>

namespace spillway {
using namespace Qt::StringLiterals;

QString Failure::sentence() const {
    QStringList parts{what};
    if (!serverSaid.isEmpty())
        parts << u"The server said: %1%2"_s.arg(serverSaid,
                                                u".!?"_s.contains(serverSaid.back()) ? u""_s : u"."_s);
    if (!nextStep.isEmpty()) parts << nextStep;
    return parts.join(u' ');
}

bool Failure::retryable() const {
    switch (kind) {
        case FailureKind::usage:
        case FailureKind::authentication:
        case FailureKind::permission:
        case FailureKind::tls:
        case FailureKind::cancelled:
            return false;
        default:
            return true;
    }
}

bool Failure::refused() const {
    return kind == FailureKind::authentication || kind == FailureKind::permission || kind == FailureKind::tls;
}

QString failureKindName(FailureKind kind) {
    switch (kind) {
        case FailureKind::usage:
            return u"usage"_s;
        case FailureKind::unreachable:
            return u"unreachable"_s;
        case FailureKind::timeout:
            return u"timeout"_s;
        case FailureKind::authentication:
            return u"authentication"_s;
        case FailureKind::permission:
            return u"permission"_s;
        case FailureKind::tls:
            return u"tls"_s;
        case FailureKind::starting:
            return u"starting"_s;
        case FailureKind::overloaded:
            return u"overloaded"_s;
        case FailureKind::no_system:
            return u"no_system"_s;
        case FailureKind::changed:
            return u"changed"_s;
        case FailureKind::protocol:
            return u"protocol"_s;
        case FailureKind::cancelled:
            return u"cancelled"_s;
        case FailureKind::internal:
            break;
    }
    return u"internal"_s;
}

int exitCodeFor(FailureKind kind) {
    switch (kind) {
        case FailureKind::usage:
            return 2;
        case FailureKind::unreachable:
        case FailureKind::timeout:
        case FailureKind::authentication:
        case FailureKind::tls:
        case FailureKind::starting:
        case FailureKind::overloaded:
        case FailureKind::protocol:
            return 3;
        case FailureKind::no_system:
            return 6;
        default:
            return 1;
    }
}

}  // namespace spillway
