using System.Text;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

internal static class UserNamespace
{
    /// <summary>Whether this process is outside the first user namespace, whose map is the identity on all ids.</summary>
    internal static bool IsNotInitial()
    {
        using Fd file = Sys.OpenAt(Fd.Cwd, "/proc/self/uid_map", O_RDONLY);
        string[] fields = Encoding.UTF8.GetString(Sys.ReadAll(file, "/proc/self/uid_map")).Split((char[])[' ', '\n'], System.StringSplitOptions.RemoveEmptyEntries);
        return fields is not ["0", "0", "4294967295"];
    }
}
