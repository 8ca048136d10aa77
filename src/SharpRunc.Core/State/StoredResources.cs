using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The current linux.resources: resources.json in the container's directory, in the form of the specification. The first update creates it;
/// before that the config's apply.
/// </summary>
internal static class StoredResources
{
    public const string Name = "resources.json", Unfinished = ".resources.json";
    private const uint PrivateMode = Modes.O600;

    public static Resources Read(ContainerDirectory directory)
    {
        using Fd? file = Sys.TryOpenAt(directory.Fd, Name, O_RDONLY | O_NOFOLLOW, out SysError error);
        if (file is not null)
            return ConfigReader.ReadResources(Sys.ReadAll(file, Subject(directory)));
        if (error.Errno != ENOENT)
            throw error.On(Subject(directory)).ToException();
        return directory.ReadConfig().Linux.Resources ?? new Resources();
    }

    /// <summary>Written to another file and renamed: a reader sees the old resources or the new ones.</summary>
    public static void Write(ContainerDirectory directory, Resources resources)
    {
        using (Fd file = Sys.OpenAt(directory.Fd, Unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, PrivateMode))
            Sys.Write(file, ResourcesJson.Write(resources).Span, Subject(directory));
        Sys.RenameAt(directory.Fd, Unfinished, directory.Fd, Name);
    }

    private static string Subject(ContainerDirectory directory) => $"{directory.Path}/{Name}";
}
