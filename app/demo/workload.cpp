#include "app/demo/workload.h"

#include <QFile>
#include <stdexcept>

namespace spillway {
using namespace Qt::StringLiterals;

QString scenario(const QString& file, const std::vector<std::pair<QString, QString>>& values) {
    QFile source(u":/scenarios/"_s + file);
    if (!source.open(QIODevice::ReadOnly)) throw std::runtime_error("missing scenario " + file.toStdString());
    QString text = QString::fromUtf8(source.readAll());
    for (const auto& [name, value] : values) text.replace(u'{' + name + u'}', value);
    return text;
}

}  // namespace spillway
