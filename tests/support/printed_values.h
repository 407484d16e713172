// What QCOMPARE prints of values of the domain when they differ. Without QtTest: fixtures serve benchmarks
// too.
#pragma once

#include <QByteArray>
#include <concepts>

#include "backends/domain/measured.h"

namespace spillway {

template <typename T>
requires std::integral<T> || std::floating_point<T>
char* toString(const Measured<T>& value) {
    const QString number = value.known() ? QString::number(*value.value) : QStringLiteral("–");
    return qstrdup(
        qPrintable(QStringLiteral("%1 %2 (%3)").arg(number, provenanceName(value.provenance), value.method)));
}

}  // namespace spillway
