#include "backends/postgres/engine/display_name.h"

#include "backends/domain/human_text.h"

namespace spillway {

QString displayName(const std::string& name) {
    const QByteArray bytes = QByteArray::fromStdString(name);
    const QString text = QString::fromUtf8(bytes);
    return text.toUtf8() == bytes ? text : visibleText(bytes);
}

}  // namespace spillway
