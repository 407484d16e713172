#include "backends/domain/measured_json.h"

#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QJsonObject measuredObject(const QJsonValue& value, Provenance provenance, const QString& method) {
    QJsonObject object{{u"value"_s, value}, {u"provenance"_s, provenanceName(provenance)}};
    if (provenance == Provenance::not_observable)
        object[u"why"_s] = method.isEmpty() ? u"This is not measured here."_s : method;
    else if (!method.isEmpty())
        object[u"method"_s] = method;
    return object;
}

}  // namespace

QJsonObject measuredJson(const Count& count) {
    return measuredObject(count.known() ? QJsonValue(*count.value) : QJsonValue(QJsonValue::Null),
                          count.provenance, count.method);
}

// JSON knows neither infinity nor NaN: such a number is none that can be given.
QJsonObject measuredJson(const Measured<double>& number) {
    if (number.known() && !std::isfinite(*number.value))
        return measuredObject(QJsonValue::Null, Provenance::not_observable,
                              u"The figure has no finite value."_s);
    return measuredObject(number.known() ? QJsonValue(*number.value) : QJsonValue(QJsonValue::Null),
                          number.provenance, number.method);
}

Count countFromJson(const QJsonValue& value) {
    const auto object = value.toObject();
    const auto number = object[u"value"_s];
    const QString method = object[u"method"_s].toString();
    const double n = number.toDouble(-1);
    if (!number.isDouble() || n < 0 || n > 9e15 || n != std::floor(n))
        return Count::notObservable(object[u"why"_s].toString(u"The figure is not given."_s));
    for (const auto p : {Provenance::exact, Provenance::estimated, Provenance::lower_bound})
        if (object[u"provenance"_s].toString() == provenanceName(p))
            return {static_cast<qint64>(n), p, method};
    return Count::notObservable(u"How the figure is known is not given."_s);
}

}  // namespace spillway
