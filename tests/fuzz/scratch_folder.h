// A folder for inputs that are read from a file.
#pragma once

#include <QFile>
#include <QTemporaryDir>

#include "tests/fuzz/fuzz.h"

namespace spillway::fuzz {

class ScratchFolder {
public:
    [[nodiscard]] QString path() const { return m_folder.path(); }
    [[nodiscard]] QString written(const QString& name, QByteArrayView bytes) const {
        QFile file(m_folder.filePath(name));
        require(file.open(QIODevice::WriteOnly) && file.write(bytes.data(), bytes.size()) == bytes.size());
        return file.fileName();
    }

private:
    QTemporaryDir m_folder;
};

}  // namespace spillway::fuzz
