using System.Text;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>config-linux.md#block-io on v1. Weights are BFQ's: CFQ and its leaf weights left the kernel in 5.0.</summary>
internal static class BlockIo
{
    internal static void Plan(CgroupPlan plan, BlockIoResources io)
    {
        if (io.Weight is { } weight and not 0)
            plan.Add("blkio", "blkio.bfq.weight", weight, "blockIO/weight");
        if (io.LeafWeight is { } leafWeight and not 0)
            plan.Add("blkio", "blkio.leaf_weight", leafWeight, "blockIO/leafWeight");
        for (int i = 0; i < io.WeightDevice.Length; i++)
        {
            WeightDevice device = io.WeightDevice[i];
            string property = $"blockIO/weightDevice/{i}";
            if (device.Weight is null && device.LeafWeight is null)
                throw CgroupPlan.CannotExpress(property, "sets neither weight nor leafWeight");
            if (device.Weight is { } own)
                plan.Add("blkio", "blkio.bfq.weight_device", $"{device.Major}:{device.Minor} {own}", property + "/weight");
            if (device.LeafWeight is { } leaf and not 0)
                plan.Add("blkio", "blkio.leaf_weight_device", $"{device.Major}:{device.Minor} {leaf}", property + "/leafWeight");
        }
        Throttle(plan, "blkio.throttle.read_bps_device", io.ThrottleReadBpsDevice, "blockIO/throttleReadBpsDevice");
        Throttle(plan, "blkio.throttle.write_bps_device", io.ThrottleWriteBpsDevice, "blockIO/throttleWriteBpsDevice");
        Throttle(plan, "blkio.throttle.read_iops_device", io.ThrottleReadIopsDevice, "blockIO/throttleReadIOPSDevice");
        Throttle(plan, "blkio.throttle.write_iops_device", io.ThrottleWriteIopsDevice, "blockIO/throttleWriteIOPSDevice");
    }

    private static void Throttle(CgroupPlan plan, string file, ThrottleDevice[] devices, string property)
    {
        if (devices.Length == 0)
            return;
        StringBuilder lines = new();
        foreach (ThrottleDevice device in devices)
            lines.Append(device.Major).Append(':').Append(device.Minor).Append(' ').Append(device.Rate).Append('\n');
        plan.Add("blkio", file, lines.ToString(), property, WriteFlags.Lines);
    }
}
