using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>The host's user names, from /etc/passwd only: a static program loads no name service.</summary>
internal sealed class UserNames
{
    private string[]? lines;

    /// <summary>Returns the name, or #uid if there is none.</summary>
    public string Find(uint uid)
    {
        string number = uid.ToString(CultureInfo.InvariantCulture);
        foreach (string line in lines ??= Read())
        {
            string[] fields = line.Split(':');
            if (fields.Length > 2 && fields[2] == number)
                return fields[0];
        }
        return "#" + number;
    }

    private static string[] Read()
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, "/etc/passwd", O_RDONLY, out _);
        return file is null ? [] : KernelText.Decode(Sys.ReadAll(file, "/etc/passwd")).Split('\n');
    }
}
