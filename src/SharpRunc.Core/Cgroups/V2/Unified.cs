using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Cgroups.V2;

/// <summary>
/// config-linux.md#unified: files of the container's own cgroup, written verbatim after everything else, in an order that the kernel
/// accepts.
/// </summary>
internal static class Unified
{
    public static void Plan(CgroupPlan plan, KeyValuePair<string, string>[] files)
    {
        foreach ((string file, string content) in files)
        {
            string property = "unified/" + JsonPointer.Escape(file);
            if (file is "" or "." or ".." || file.Contains('/'))
                throw CgroupPlan.CannotExpress(property, "is not a file name");
            // The first part of the name is the controller; "cgroup" stands for the core's own files.
            int dot = file.IndexOf('.');
            string controller = dot > 0 ? file[..dot] : "";
            plan.Add(controller == "cgroup" ? "" : controller, file, content, property, WriteFlags.Lines | WriteFlags.OrLater);
        }
    }
}
