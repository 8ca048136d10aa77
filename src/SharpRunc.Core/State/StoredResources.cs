using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.State;

/// <summary>
/// What linux.resources has become: resources.json in the container's directory, there since its first update, in the
/// specification's own form. A container that was never updated has its config's.
/// </summary>
internal static class StoredResources
{
    public const string Name = "resources.json", Unfinished = ".resources.json";
    private const uint PrivateMode = 0x180; // 0600

    public static Resources Read(ContainerDirectory directory)
    {
        using Fd? file = Sys.TryOpenAt(directory.Fd, Name, O_RDONLY | O_NOFOLLOW, out int error);
        if (file is not null)
            return ConfigReader.ReadResources(Sys.ReadAll(file, Subject(directory)));
        return error == -ENOENT ? directory.ReadConfig().Linux.Resources ?? new Resources() : throw new SysException("openat", Subject(directory), -error);
    }

    /// <summary>Written beside and renamed over: whoever reads sees the old ones or the new ones.</summary>
    public static void Write(ContainerDirectory directory, Resources resources)
    {
        using (Fd file = Sys.OpenAt(directory.Fd, Unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, PrivateMode))
            Sys.Write(file, ResourcesJson.Write(resources).Span, Subject(directory));
        Sys.RenameAt(directory.Fd, Unfinished, directory.Fd, Name);
    }

    private static string Subject(ContainerDirectory directory) => $"{directory.Path}/{Name}";
}
