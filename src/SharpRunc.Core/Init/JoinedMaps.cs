using System;
using SharpRunc.Core.Spec;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>config-linux.md#user-namespace-mappings with a user namespace by path: who made it has written its maps, and what the config says must be those.</summary>
internal static class JoinedMaps
{
    public static bool AreAsked(NamespacePlan namespaces, Spec.Linux linux) => namespaces.JoinUser >= 0 && linux.UidMappings.Length + linux.GidMappings.Length > 0;

    /// <summary>In the child, once it has joined.</summary>
    public static void Require(InitPlan plan)
    {
        if (!AreAsked(plan.Namespaces, plan.Config.Linux))
            return;
        Require(plan, "uid_map", plan.Config.Linux.UidMappings, "/linux/uidMappings");
        Require(plan, "gid_map", plan.Config.Linux.GidMappings, "/linux/gidMappings");
    }

    private static void Require(InitPlan plan, string file, IdMapping[] asked, string pointer)
    {
        string map = plan.Proc!.Read("self/" + file);
        if (asked.Length > 0 && !Are(asked, map))
            throw new ContainerException($"the user namespace {plan.Config.Linux.Namespaces[plan.Namespaces.JoinUser].Path} maps other ids: {Join(map)}")
            {
                Pointer = pointer,
                Errno = EINVAL,
            };
    }

    /// <param name="map">As the kernel writes it: three numbers a line.</param>
    internal static bool Are(IdMapping[] asked, string map)
    {
        int lines = 0;
        Span<Range> numbers = stackalloc Range[4];
        foreach (Range line in map.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> text = map.AsSpan()[line];
            if (text.Split(numbers, ' ', StringSplitOptions.RemoveEmptyEntries) != 3)
                continue;
            lines++;
            if (Array.IndexOf(asked, new IdMapping(uint.Parse(text[numbers[0]]), uint.Parse(text[numbers[1]]), uint.Parse(text[numbers[2]]))) < 0)
                return false;
        }
        return lines == asked.Length;
    }

    private static string Join(string map) => string.Join(' ', map.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
