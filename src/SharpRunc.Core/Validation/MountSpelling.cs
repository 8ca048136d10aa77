using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Validation;

/// <summary>
/// Another runtime's spelling, which Podman passes on: <c>idmap=uids=0-1000-10#10-2000-5;gids=0-1000-10</c>, each the id in the mount, the
/// id on the host, and the count. After <c>@</c> the second id is the container's instead of the host's. The option is converted to
/// uidMappings and gidMappings.
/// </summary>
internal static class InlineIdMaps
{
    /// <returns>The mounts of the config, with every such option expanded.</returns>
    public static Mount[] Expand(Config config)
    {
        Mount[] mounts = [.. config.Mounts];
        for (int i = 0; i < mounts.Length; i++)
            for (int option = 0; option < mounts[i].Options.Length; option++)
            {
                string text = mounts[i].Options[option];
                if (text.StartsWith("idmap=", StringComparison.Ordinal) || text.StartsWith("ridmap=", StringComparison.Ordinal))
                    mounts[i] = Expand(config.Linux, mounts[i], option, $"/mounts/{i}/options/{option}");
            }
        return mounts;
    }

    private static Mount Expand(Spec.Linux linux, Mount mount, int option, string pointer)
    {
        string text = mount.Options[option];
        if (mount.UidMappings.Length > 0 || mount.GidMappings.Length > 0)
            throw Rule.Broken(pointer, "uidMappings and gidMappings already define the mapping");
        int equals = text.IndexOf('=');
        string[] options = [.. mount.Options];
        options[option] = text[..equals];
        IdMapping[] uids = [], gids = [];
        foreach (string list in text[(equals + 1)..].Split(';'))
            if (list.StartsWith("uids=", StringComparison.Ordinal) && uids.Length == 0)
                uids = Lines(list, linux.UidMappings, pointer);
            else if (list.StartsWith("gids=", StringComparison.Ordinal) && gids.Length == 0)
                gids = Lines(list, linux.GidMappings, pointer);
            else
                throw Rule.Broken(pointer, $"expected uids=… and gids=… once each; got \"{list}\"");
        return mount with { Options = options, UidMappings = uids, GidMappings = gids };
    }

    private static IdMapping[] Lines(string list, IdMapping[] containers, string pointer)
    {
        string[] lines = list[5..].Split('#');
        IdMapping[] mappings = new IdMapping[lines.Length];
        for (int i = 0; i < lines.Length; i++)
        {
            bool isRelative = lines[i].StartsWith('@');
            string[] numbers = lines[i][(isRelative ? 1 : 0)..].Split('-');
            uint there = 0, here = 0, size = 0;
            if (numbers.Length != 3 || !Number(numbers[0], out there) || !Number(numbers[1], out here) || !Number(numbers[2], out size))
                throw Rule.Broken(pointer, $"expected three numbers like \"0-1000-10\"; got \"{lines[i]}\"");
            if (isRelative && !IsWithinOneMapping(containers, here, size))
                throw Rule.Broken(pointer, $"\"{lines[i]}\" is not within one mapping of the container's user namespace");
            mappings[i] = new(there, isRelative ? IdMapping.ToHost(containers, here)!.Value : here, size);
        }
        return mappings;
    }

    private static bool IsWithinOneMapping(IdMapping[] containers, uint first, uint size)
    {
        if (size == 0 || IdMapping.ToHost(containers, first) is not { } host)
            return false;
        return IdMapping.ToHost(containers, first + (size - 1)) == host + (size - 1);
    }

    private static bool Number(string text, out uint number)
        => uint.TryParse(text, System.Globalization.NumberStyles.None, null, out number);
}

/// <summary>A destination given as a path on the host, below the rootfs, stands for the path inside the container, as in runc.</summary>
internal static class MountDestinations
{
    /// <param name="rootfs">Absolute and clean.</param>
    public static Mount[] Strip(Mount[] mounts, string rootfs)
    {
        if (rootfs.Length <= 1)
            return mounts;
        return Array.ConvertAll(mounts, mount =>
        {
            bool mayBeBelow = mount.Destination.StartsWith(rootfs, StringComparison.Ordinal);
            return mayBeBelow ? Strip(mount, rootfs) : mount;
        });
    }

    private static Mount Strip(Mount mount, string rootfs)
    {
        string clean = LexicalPath.Clean(mount.Destination);
        if (clean == rootfs)
            return mount with { Destination = "/" };
        return clean.StartsWith(rootfs + "/", StringComparison.Ordinal) ? mount with { Destination = clean[rootfs.Length..] } : mount;
    }
}
